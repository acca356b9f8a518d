import { X } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { BrandMark } from '#web/parts/brand-mark.tsx'
import { Button } from '#web/parts/button.tsx'
import { Link } from '#web/parts/link.tsx'

const STEPS = ['Open', 'Machine', 'Files'] as const
export type RecoverStep = (typeof STEPS)[number]

/** The three steps of a recovery around the one that is open. */
export function RecoverFrame({ step, children }: { step: RecoverStep; children: ReactNode }) {
  const top = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step begins at its headline.
  useEffect(() => {
    window.scrollTo({ top: 0 })
    top.current?.focus({ preventScroll: true })
  }, [step])
  return (
    <>
      <header className="sticky top-0 z-20 border-line border-b bg-paper pt-[env(safe-area-inset-top)]">
        <div className="mx-auto flex min-h-14 w-full max-w-[680px] items-center justify-between gap-2 px-5 rail:px-8">
          <span className="flex items-center gap-3 text-sea">
            <BrandMark className="h-6" />
            <span className="whitespace-nowrap text-[17px] font-bold tracking-tight text-ink">Recover</span>
          </span>
          <span className="num note text-center [overflow-wrap:normal]">
            Step {STEPS.indexOf(step) + 1} of {STEPS.length}
          </span>
          <Button asChild look="plain" size="icon" className="-mr-2">
            <Link href="/" aria-label="Leave the recovery">
              <X aria-hidden className="size-5" />
            </Link>
          </Button>
        </div>
      </header>
      <main className="mx-auto w-full max-w-[680px] px-5 pt-6 pb-16 rail:px-8">
        <div ref={top} tabIndex={-1} className="outline-none" />
        <div className="grid gap-6">{children}</div>
      </main>
    </>
  )
}
