import { TriangleAlert } from 'lucide-react'
import { countOf } from '#web/words/locale.ts'
import { Card } from './card.tsx'

type SkippedFilesProps = {
  readonly skipped: readonly { readonly path: string; readonly reason: string }[]
  readonly total: number
  /** What could not be done with them: `read`, `restored`. */
  readonly verb: string
}

const SHOWN = 200

/** The files that something could not be done with, each with its reason; folded when there are many. */
export function SkippedFiles({ skipped, total, verb }: SkippedFilesProps) {
  return (
    <Card>
      <details open={skipped.length <= 5}>
        <summary className="-m-4 flex min-h-13 items-center gap-3 rounded-card p-4">
          <TriangleAlert aria-hidden className="size-5 shrink-0 text-risk" />
          <span className="font-semibold">
            {countOf(total, 'file')} could not be {verb}
          </span>
        </summary>
        <ul className="mt-4 grid max-h-96 gap-2.5 overflow-y-auto border-line border-t pt-3">
          {skipped.slice(0, SHOWN).map(({ path, reason }) => (
            <li key={path}>
              <p className="font-mono text-[13px] leading-snug">{path}</p>
              <p className="caption">{reason}</p>
            </li>
          ))}
        </ul>
        {total > SHOWN && <p className="caption mt-3">The first {SHOWN}; the snapshot names them all.</p>}
      </details>
    </Card>
  )
}
