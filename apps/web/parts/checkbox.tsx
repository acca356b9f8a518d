'use client'

import { Check } from 'lucide-react'
import { Checkbox as Radix } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from './class-names.ts'

/** A tick box with a 44 px target around a 24 px box. */
export function Checkbox({ className, ...rest }: ComponentProps<typeof Radix.Root>) {
  return (
    <Radix.Root
      className={cn(
        'group grid size-11 shrink-0 place-items-center rounded-xl disabled:opacity-50',
        className,
      )}
      {...rest}
    >
      <span className="grid size-6 place-items-center rounded-[7px] border-2 border-edge text-on-sea group-data-[state=checked]:border-sea group-data-[state=checked]:bg-sea group-data-[state=indeterminate]:border-sea group-data-[state=indeterminate]:bg-sea">
        <Radix.Indicator className="group-data-[state=indeterminate]:hidden">
          <Check aria-hidden strokeWidth={3} className="size-4" />
        </Radix.Indicator>
      </span>
    </Radix.Root>
  )
}
