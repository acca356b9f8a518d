'use client'

import { formatBytes } from '@holdfast/domain'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Card } from '#web/parts/card.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { RunChanges } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'

/** What a run changed against the snapshot before it. Read from the vault, so only when somebody looks. */
export function RunChangesCard({ planId, snapshot }: { planId: string; snapshot: string }) {
  const trpc = useTRPC()
  const [open, setOpen] = useState(false)
  const changes = useQuery({
    ...trpc.find.runChanges.queryOptions({ planId, snapshot }),
    enabled: open,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  return (
    <Card>
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary className="-m-4 flex min-h-13 items-center rounded-card p-4 font-semibold">
          What changed in this run
        </summary>
        <div className="mt-4 grid gap-4">
          {changes.isError && <ProblemCard problem={problemOf(changes.error)} />}
          {changes.isLoading && <p className="note">Comparing…</p>}
          {changes.data !== undefined && <Told changes={changes.data} />}
        </div>
      </details>
    </Card>
  )
}

function Told({ changes: { before, counts, folders, biggest } }: { changes: RunChanges }) {
  if (before === null)
    return <p className="note">This is the first snapshot of the plan: everything in it is new.</p>
  const total = sumWords(counts)
  if (total === '') return <p className="note">No file differs from the snapshot before.</p>
  return (
    <>
      <p className="num">{total}</p>
      <section>
        <h3 className="caption">By folder</h3>
        <ul className="mt-1 divide-y divide-line">
          {folders.map(({ path, counts: of }) => (
            <li key={path} className="py-2">
              <span className="block leading-snug [overflow-wrap:anywhere]">{path}</span>
              <span className="caption num block">{sumWords(of)}</span>
            </li>
          ))}
        </ul>
      </section>
      {biggest.length > 0 && (
        <section>
          <h3 className="caption">Biggest new and changed files</h3>
          <ul className="mt-1 divide-y divide-line">
            {biggest.map(({ path, change, sizeBefore, sizeAfter }) => (
              <li key={path} className="py-2">
                <span className="block leading-snug [overflow-wrap:anywhere]">{path}</span>
                <span className="caption num block">
                  {change === 'added' ? 'new' : 'changed'}, {formatBytes(sizeAfter)}
                  {change === 'changed' && sizeBefore !== null && `, before ${formatBytes(sizeBefore)}`}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function sumWords(counts: RunChanges['counts']): string {
  const words = { added: 'new', changed: 'changed', removed: 'removed' } as const
  const parts = (['added', 'changed', 'removed'] as const).flatMap((change) => {
    const { entries, bytes } = counts[change]
    return entries === 0 ? [] : [`${countOf(entries, 'file')} ${words[change]} (${formatBytes(bytes)})`]
  })
  const rest = counts.attributes.entries
  return [
    ...parts,
    ...(rest === 0 ? [] : [`${countOf(rest, 'file')} with another time, mode or owner`]),
  ].join(' · ')
}
