import { formatBytes, stripHeights } from '@holdfast/domain'
import type { ReactNode } from 'react'
import type { PlanCard } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'

type Days = PlanCard['strip']

const COLOURS: Readonly<Record<Days[number]['outcome'], string>> = {
  complete: 'fill-safe',
  incomplete: 'fill-risk-mark',
  interrupted: 'fill-risk-mark',
  failed: 'fill-fail',
  cancelled: 'fill-unknown',
  skipped: 'fill-unknown',
  none: 'fill-none stroke-edge',
}

const PITCH = 24
const BAR = 19
const HEIGHT = 36

/** One bar a day: height is the data added, colour the worst outcome, dashed where nothing ran. `until` ends it. */
export function Strip({ days, until }: { days: Days; until: ReactNode }) {
  const heights = stripHeights(days)
  return (
    <figure className="grid gap-1.5">
      <svg
        role="img"
        aria-label={stripSummary(days)}
        viewBox={`0 0 ${PITCH * days.length - (PITCH - BAR)} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-9 w-full"
      >
        {days.map((day, i) => {
          const none = day.outcome === 'none'
          const height = none ? HEIGHT - 1.5 : Math.max(4, (heights[i] ?? 0) * HEIGHT)
          return (
            <rect
              key={day.day}
              x={i * PITCH + (none ? 0.75 : 0)}
              y={none ? 0.75 : HEIGHT - height}
              width={none ? BAR - 1.5 : BAR}
              height={height}
              rx={3.5}
              strokeDasharray={none ? '3.5 3.5' : undefined}
              vectorEffect="non-scaling-stroke"
              className={COLOURS[day.outcome]}
            >
              <title>{dayWords(day)}</title>
            </rect>
          )
        })}
      </svg>
      <figcaption className="caption flex justify-between">
        <span>2 weeks ago</span>
        <span>{until}</span>
      </figcaption>
    </figure>
  )
}

/** The strip in words, for those who don't see it. */
function stripSummary(days: Days): string {
  const counts = Map.groupBy(days, (day) => day.outcome)
  const parts = [...counts].map(
    ([outcome, of]) => `${countOf(of.length, 'day')} ${outcome === 'none' ? 'without a run' : outcome}`,
  )
  return `The last ${days.length} days: ${parts.join(', ')}.`
}

function dayWords(day: Days[number]): string {
  if (day.outcome === 'none') return `${day.day}: nothing ran`
  return `${day.day}: ${day.outcome}, ${countOf(day.runs, 'run')}, ${formatBytes(day.bytesAdded)} added`
}
