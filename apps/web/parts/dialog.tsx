'use client'

import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { type ReactNode, useRef } from 'react'
import { Button } from './button.tsx'
import { cn } from './class-names.ts'

type DialogProps = {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  readonly title: string
  readonly description?: string
  /** Stays when something beside it is touched: what was typed here would be lost. */
  readonly keepOpen?: boolean
  /** Lies over another window that is open. */
  readonly onTop?: boolean
  readonly children: ReactNode
}

/** A sheet from below on a phone, a window in the middle elsewhere. Escape and the backdrop close it. */
export function Dialog({ open, onOpenChange, title, description, keepOpen, onTop, children }: DialogProps) {
  const opener = useRef<Element>(null)
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={cn('fixed inset-0 bg-[#0a1416]/55', onTop ? 'z-60' : 'z-40')} />
        <Radix.Content
          // There is no trigger of Radix's that it could give the focus back to.
          onOpenAutoFocus={() => {
            opener.current = document.activeElement
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            const back = opener.current?.isConnected ? opener.current : document.getElementById('main')
            if (back instanceof HTMLElement) back.focus()
          }}
          onInteractOutside={(event) => keepOpen && event.preventDefault()}
          {...(description === undefined && { 'aria-describedby': undefined })}
          className={cn(
            'arrive fixed inset-x-0 bottom-0 grid max-h-[88dvh] grid-rows-[auto_1fr] gap-3 rounded-t-[24px] border border-line bg-paper p-5 pb-[max(20px,env(safe-area-inset-bottom))] focus:outline-none rail:inset-x-auto rail:top-1/2 rail:bottom-auto rail:left-1/2 rail:w-[min(520px,92vw)] rail:-translate-x-1/2 rail:-translate-y-1/2 rail:rounded-[24px] rail:[animation:none]',
            onTop ? 'z-70' : 'z-50',
          )}
        >
          <div className="flex items-start justify-between gap-3">
            <div>
              <Radix.Title className="text-[22px] font-[650] leading-tight tracking-tight">
                {title}
              </Radix.Title>
              {description !== undefined && (
                <Radix.Description className="note mt-1">{description}</Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <Button look="plain" size="icon" aria-label="Close" className="-mt-1.5 -mr-2">
                <X aria-hidden className="size-5" />
              </Button>
            </Radix.Close>
          </div>
          <div className="-mx-1.5 grid min-h-0 content-start gap-3 overflow-y-auto p-1.5">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
