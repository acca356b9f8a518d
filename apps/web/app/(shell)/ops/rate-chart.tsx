import type { RateSample } from '#web/trpc/apply-event.ts'
import { rateLine } from './rate-line.ts'

const WIDTH = 320
const HEIGHT = 64

/** The speed of the last minutes as a line over a wash; empty paper until there is a line to draw. */
export function RateChart({ samples }: { samples: readonly RateSample[] }) {
  const line = rateLine(samples, WIDTH, HEIGHT)
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="mt-2 h-16 w-full text-sea"
    >
      {line === undefined ? (
        <path d={`M0 ${HEIGHT - 2} H${WIDTH}`} className="fill-none stroke-line" strokeWidth="2" />
      ) : (
        <>
          <path d={`${line} V${HEIGHT} H0 Z`} fill="currentColor" opacity=".16" />
          <path
            d={line}
            fill="none"
            stroke="currentColor"
            strokeWidth="2"
            vectorEffect="non-scaling-stroke"
          />
        </>
      )}
    </svg>
  )
}
