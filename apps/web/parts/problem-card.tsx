import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Problem } from '#web/trpc/problem.ts'
import { cn } from './class-names.ts'

/** Something went wrong: what, and what to do next. */
export function ProblemCard({
  problem,
  children,
  className,
}: {
  problem: Problem
  children?: ReactNode
  className?: string
}) {
  return (
    <div
      role="alert"
      className={cn('arrive flex gap-3 rounded-card border-[1.5px] border-fail bg-card p-4', className)}
    >
      <CircleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-fail" />
      <div className="grid min-w-0 gap-1">
        <p className="font-semibold">{problem.sentence}</p>
        <p className="note">{problem.next}</p>
        {children}
      </div>
    </div>
  )
}
