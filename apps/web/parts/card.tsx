import type { ComponentProps } from 'react'
import { cn } from './class-names.ts'

/** A sheet of paper for one subject. */
export function Card({ className, ...rest }: ComponentProps<'section'>) {
  return (
    <section
      className={cn('min-w-0 rounded-card border border-line bg-card p-4 shadow-lift', className)}
      {...rest}
    />
  )
}

/** A number with its name above and its context below. */
export function Figure({ name, value, note }: { name: string; value: string; note?: string | undefined }) {
  return (
    <Card className="grid content-start gap-0.5">
      <div className="caption">{name}</div>
      <div className="num text-[22px] font-[650] leading-tight tracking-tight">{value}</div>
      {note !== undefined && <div className="caption num">{note}</div>}
    </Card>
  )
}
