import { formatBytes, formatDuration } from '@holdfast/domain'
import { CircleCheck, CircleX } from 'lucide-react'
import type { ReactNode } from 'react'
import { Card } from '#web/parts/card.tsx'
import type { Report } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'

const SHOWN = 50

/** The proof record, failures with their causes, incidents, and what was changed in the settings. */
export function ReportLists({ report: { proofs, failures, incidents, changes } }: { report: Report }) {
  return (
    <div className="grid gap-6 side:grid-cols-2 side:items-start">
      <List
        title="Proof record"
        empty="Nothing was restored and compared in this time."
        count={proofs.length}
      >
        {proofs
          .slice(-SHOWN)
          .toReversed()
          .map(({ at, plan, files, bytes, mismatches }) => (
            <Row
              key={`${at} ${plan}`}
              good={mismatches === 0}
              title={`${plan}: ${countOf(files, 'file')}, ${formatBytes(bytes)}`}
            >
              {time(at)},{' '}
              {mismatches === 0 ? 'every byte agreed' : `${countOf(mismatches, 'file')} did not match`}
            </Row>
          ))}
      </List>
      <List title="What went wrong" empty="Nothing went wrong in this time." count={failures.length}>
        {failures
          .slice(-SHOWN)
          .toReversed()
          .map(({ at, plan, outcome, message }) => (
            <Row key={`${at} ${plan}`} good={false} title={`${plan}: ${outcome}`}>
              {time(at)}. {message}
            </Row>
          ))}
      </List>
      <List title="Incidents" empty="There was none in this time." count={incidents.length}>
        {incidents.toReversed().map(({ id, plan, openedAt, recoveredAt, sentence }) => (
          <Row key={id} good={recoveredAt !== null} title={plan}>
            {recoveredAt === null
              ? `open since ${time(openedAt)}`
              : `recovered after ${formatDuration(Date.parse(recoveredAt) - Date.parse(openedAt))}`}
            . {sentence}
          </Row>
        ))}
      </List>
      <List title="Changed settings" empty="Nothing was changed in this time." count={changes.length}>
        {changes
          .slice(-SHOWN)
          .toReversed()
          .map(({ at, who, act, subject }) => (
            <li key={`${at} ${act} ${subject}`} className="py-2.5">
              <p className="font-medium leading-snug">{changeWords(act, subject)}</p>
              <p className="caption num">
                {who}, {time(at)}
              </p>
            </li>
          ))}
      </List>
    </div>
  )
}

function List(props: { title: string; empty: string; count: number; children: ReactNode }) {
  return (
    <Card>
      <h2>{props.title}</h2>
      {props.count === 0 ? (
        <p className="note mt-1">{props.empty}</p>
      ) : (
        <ul className="mt-1 divide-y divide-line">{props.children}</ul>
      )}
      {props.count > SHOWN && (
        <p className="note mt-2">
          The newest {SHOWN} of {props.count}. All stand in the CSV.
        </p>
      )}
    </Card>
  )
}

function Row({ good, title, children }: { good: boolean; title: string; children: ReactNode }) {
  const Icon = good ? CircleCheck : CircleX
  return (
    <li className="flex gap-3 py-2.5">
      <Icon aria-hidden className={`mt-0.5 size-5 shrink-0 ${good ? 'text-safe' : 'text-fail'}`} />
      <div className="min-w-0">
        <p className="font-medium leading-snug">{title}</p>
        <p className="caption num">{children}</p>
      </div>
    </li>
  )
}

/** The act in words; an id that nobody reads is left out. */
function changeWords(act: string, subject: string): string {
  const words = act.replace('.', ' ')
  return /^[0-9a-f-]{16,}$/.test(subject) ? words : `${words}: ${subject}`
}

function time(at: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at))
}
