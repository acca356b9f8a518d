import { ChevronDown, CircleAlert } from 'lucide-react'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { cn } from './class-names.ts'

const CONTROL =
  'min-h-13 w-full min-w-0 rounded-control border-[1.5px] border-edge bg-card px-3.5 text-[17px] text-ink placeholder:text-soft aria-invalid:border-fail disabled:opacity-60'

type FieldProps = {
  readonly label: string
  readonly note?: ReactNode
  /** What is wrong with it, shown beside it and read with it. */
  readonly problem?: string | undefined
  /** Buttons at the end of the control. */
  readonly end?: ReactNode
}

/** A labelled text field with its note and its problem. */
export function TextField({
  label,
  note,
  problem,
  end,
  className,
  ...rest
}: FieldProps & ComponentProps<'input'>) {
  const id = useId()
  return (
    <FieldFrame id={id} label={label} note={note} problem={problem}>
      <div className="flex gap-2">
        <input
          id={id}
          aria-invalid={problem !== undefined || undefined}
          aria-describedby={`${id}-note ${id}-problem`}
          className={cn(CONTROL, className)}
          {...rest}
        />
        {end}
      </div>
    </FieldFrame>
  )
}

/** A labelled field of several lines. */
export function TextArea({
  label,
  note,
  problem,
  className,
  ...rest
}: Omit<FieldProps, 'end'> & ComponentProps<'textarea'>) {
  const id = useId()
  return (
    <FieldFrame id={id} label={label} note={note} problem={problem}>
      <textarea
        id={id}
        aria-invalid={problem !== undefined || undefined}
        aria-describedby={`${id}-note ${id}-problem`}
        className={cn(CONTROL, 'py-3', className)}
        {...rest}
      />
    </FieldFrame>
  )
}

/** A labelled choice from a list; the system's own list, which is best on a phone. */
export function Select({
  label,
  note,
  problem,
  end,
  className,
  ...rest
}: FieldProps & ComponentProps<'select'>) {
  const id = useId()
  return (
    <FieldFrame id={id} label={label} note={note} problem={problem}>
      <div className="flex gap-2">
        <div className="relative min-w-0 grow">
          <select
            id={id}
            aria-invalid={problem !== undefined || undefined}
            aria-describedby={`${id}-note ${id}-problem`}
            className={cn(CONTROL, 'appearance-none truncate pr-10', className)}
            {...rest}
          />
          <ChevronDown
            aria-hidden
            className="pointer-events-none absolute top-1/2 right-3.5 size-5 -translate-y-1/2 text-soft"
          />
        </div>
        {end}
      </div>
    </FieldFrame>
  )
}

function FieldFrame({
  id,
  label,
  note,
  problem,
  children,
}: FieldProps & { id: string; children: ReactNode }) {
  return (
    <div className="grid min-w-0 gap-1.5">
      <label htmlFor={id} className="text-[15px] font-semibold">
        {label}
      </label>
      {children}
      <div id={`${id}-note`} className="note empty:hidden">
        {note}
      </div>
      <div id={`${id}-problem`} role="alert" className="empty:hidden">
        {problem !== undefined && <FieldProblem text={problem} />}
      </div>
    </div>
  )
}

/** One sentence about what is wrong here. */
export function FieldProblem({ text }: { text: string }) {
  return (
    <p className="flex items-start gap-1.5 text-[14px] font-medium leading-snug text-fail">
      <CircleAlert aria-hidden className="mt-px size-4 shrink-0" />
      {text}
    </p>
  )
}
