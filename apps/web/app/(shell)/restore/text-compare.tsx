'use client'

import { diffLines } from 'diff'
import { useMemo } from 'react'
import { cn } from '#web/parts/class-names.ts'

/** Lines that stay are shown this far around a change. */
const AROUND = 3
const SIGNS = { same: ' ', was: '−', now: '+', gap: '⋯' } as const

type Line = { readonly of: keyof typeof SIGNS; readonly text: string; readonly at: number }

/** The text of the snapshot against the text as it is now, line by line; unchanged stretches are folded away. */
export function TextCompare({ kept, now }: { kept: string; now: string }) {
  const lines = useMemo(() => comparedLines(kept, now), [kept, now])
  if (lines === undefined) return <p className="note">The two differ in too much to be compared here.</p>
  return (
    <>
      <p className="note">
        <span className="font-semibold text-fail">−</span> only in the snapshot,{' '}
        <span className="font-semibold text-safe">+</span> only in the file as it is now
      </p>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="max-h-96 overflow-auto rounded-xl border border-line bg-card py-2 text-[13px] leading-5"
      >
        {lines.map((line) => (
          <div
            key={line.at}
            className={cn(
              'whitespace-pre-wrap px-3',
              line.of === 'was' && 'bg-fail/10',
              line.of === 'now' && 'bg-safe/10',
              line.of === 'gap' && 'text-soft',
            )}
          >
            {line.of === 'was' && <span className="sr-only">Only in the snapshot: </span>}
            {line.of === 'now' && <span className="sr-only">Only now: </span>}
            <span aria-hidden>{SIGNS[line.of]} </span>
            {line.text}
          </div>
        ))}
      </pre>
    </>
  )
}

function comparedLines(kept: string, now: string): readonly Line[] | undefined {
  const parts = diffLines(kept, now, { timeout: 500 })
  if (parts === undefined) return undefined
  const lines: Line[] = []
  parts.forEach((part, i) => {
    const texts = part.value.replace(/\n$/, '').split('\n')
    const of = part.removed ? 'was' : part.added ? 'now' : 'same'
    const head = i === 0 ? 0 : AROUND
    const tail = i === parts.length - 1 ? 0 : AROUND
    const folds = of === 'same' && texts.length > head + tail + 1
    const shown = folds ? [...texts.slice(0, head), undefined, ...texts.slice(texts.length - tail)] : texts
    for (const text of shown)
      lines.push({
        of: text === undefined ? 'gap' : of,
        text: text ?? `${texts.length - head - tail} lines alike`,
        at: lines.length,
      })
  })
  return lines
}
