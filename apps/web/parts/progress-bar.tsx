import { Progress } from 'radix-ui'
import { cn } from './class-names.ts'

/** How far something is, 0 to 1; undefined while it can't be told: then a piece wanders along. */
export function ProgressBar({
  share,
  label,
  className,
}: {
  share: number | undefined
  label: string
  className?: string
}) {
  const percent = share === undefined ? null : Math.floor(share * 100)
  return (
    <Progress.Root
      value={percent}
      aria-label={label}
      className={cn('h-2.5 overflow-hidden rounded-full bg-line', className)}
    >
      {percent === null ? (
        <Progress.Indicator className="sweep h-full w-1/3 rounded-full bg-sea" />
      ) : (
        <Progress.Indicator
          className="h-full rounded-full bg-sea transition-[width] duration-150"
          style={{ width: `${percent}%` }}
        />
      )}
    </Progress.Root>
  )
}
