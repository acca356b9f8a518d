'use client'

import { ChevronDown } from 'lucide-react'
import type { AuditEntry } from '#web/trpc/types.ts'
import { actWords, type Change, changesOf } from '#web/words/audit-words.ts'
import { countOf } from '#web/words/locale.ts'
import { exactMoment } from '#web/words/moments.ts'

/** One act as a sentence; what it changed is unfolded below it. */
export function AuditEntryRow({ entry }: { entry: AuditEntry }) {
  const changes = changesOf(entry.before, entry.after)
  const head = (
    <span className="min-w-[8rem] grow basis-0 py-2.5">
      <span className="block leading-snug [overflow-wrap:anywhere]">
        <b className="font-semibold">{entry.actor.name}</b> {actWords(entry.act, entry.after)}{' '}
        <b className="font-semibold">{entry.subjectName ?? entry.subject}</b>
      </span>
      <span className="caption num block">
        <time dateTime={entry.at}>{exactMoment(entry.at)}</time>
        {entry.actor.address !== null && ` · from ${entry.actor.address}`} · entry {entry.seq}
      </span>
    </span>
  )
  if (changes.length === 0) return <li className="flex min-h-13 items-center px-2">{head}</li>
  return (
    <li className="px-2">
      <details>
        <summary className="flex min-h-13 items-center gap-3 rounded-xl max-[20rem]:flex-wrap max-[20rem]:justify-end">
          {head}
          <span className="caption num shrink-0">{countOf(changes.length, 'value')}</span>
          <ChevronDown aria-hidden className="size-4 shrink-0 text-soft" />
        </summary>
        <dl className="mb-3 grid gap-2 rounded-xl border border-line p-3 text-[14px]">
          {changes.map((change) => (
            <ChangeLine key={change.name} change={change} />
          ))}
          <div className="caption">
            <dt className="inline">Act </dt>
            <dd className="inline font-mono">{entry.act}</dd>
          </div>
        </dl>
      </details>
    </li>
  )
}

function ChangeLine({ change: { name, before, after } }: { change: Change }) {
  return (
    <div className="min-w-0">
      <dt className="caption font-mono">{name === '' ? 'value' : name}</dt>
      {before !== null && (
        <dd className="flex gap-2 [overflow-wrap:anywhere]">
          <b aria-hidden className="text-fail">
            −
          </b>
          <span className="sr-only">before: </span>
          <del className="text-soft no-underline">{before}</del>
        </dd>
      )}
      {after !== null && (
        <dd className="flex gap-2 [overflow-wrap:anywhere]">
          <b aria-hidden className="text-safe">
            +
          </b>
          <span className="sr-only">after: </span>
          <ins className="no-underline">{after}</ins>
        </dd>
      )}
    </div>
  )
}
