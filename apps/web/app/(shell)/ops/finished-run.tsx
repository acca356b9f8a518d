'use client'

import { formatBytes, formatDuration } from '@holdfast/domain'
import { BadgeCheck, BadgeX } from 'lucide-react'
import { Card, Figure } from '#web/parts/card.tsx'
import { cn } from '#web/parts/class-names.ts'
import { Moment } from '#web/parts/moment.tsx'
import { OutcomeMark, outcomeColour } from '#web/parts/outcome-mark.tsx'
import { SkippedFiles } from '#web/parts/skipped-files.tsx'
import type { FinishedRun } from '#web/trpc/types.ts'
import { countOf, formatCount } from '#web/words/locale.ts'
import { OUTCOME_WORDS, outcomeSentence, TRIGGER_WORDS } from '#web/words/run-words.ts'
import { RunChangesCard } from './run-changes.tsx'

/** A run that ended: how, why, what it did, and whether it was proven. */
export function FinishedRunView({ run, plan }: { run: FinishedRun; plan: string }) {
  const { summary } = run
  return (
    <>
      <div className="pt-5 pb-1 rail:pt-8">
        <div className={cn('mb-4 flex items-center gap-3 font-semibold', outcomeColour(run))}>
          <OutcomeMark run={run} className="size-13 [&>svg]:size-6" />
          {OUTCOME_WORDS[run.outcome]}
        </div>
        <h1>{outcomeSentence(run, plan)}</h1>
        <p className="mt-2 text-soft">
          Ended <Moment at={run.finishedAt} />, took{' '}
          {formatDuration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))}. Started{' '}
          {TRIGGER_WORDS[run.trigger]}.
        </p>
      </div>
      {run.reason !== null && (
        <Card className="border-edge">
          <p className="font-semibold">{run.reason.message}</p>
          <p className="note mt-1">{run.reason.next}</p>
          <p className="caption mt-2 font-mono">{run.reason.code}</p>
        </Card>
      )}
      {summary !== null && (
        <div className="grid grid-cols-2 gap-3 max-[20rem]:grid-cols-1 rail:grid-cols-4 side:grid-cols-2">
          <Figure
            name="In this snapshot"
            value={formatCount(summary.files)}
            note={`${summary.files === 1 ? 'file' : 'files'}, ${formatBytes(summary.bytes)}`}
          />
          <Figure
            name="New or changed"
            value={formatCount(summary.filesNew + summary.filesChanged)}
            note={`${formatCount(summary.filesNew)} new, ${formatCount(summary.filesChanged)} changed`}
          />
          <Figure
            name="Added to the vault"
            value={formatBytes(summary.bytesStored)}
            note={`${formatBytes(summary.bytesRead)} read`}
          />
          <Figure
            name="Unchanged"
            value={formatCount(summary.filesUnchanged)}
            note={
              summary.filesSkipped === 0 ? 'nothing skipped' : `${formatCount(summary.filesSkipped)} skipped`
            }
          />
        </div>
      )}
      {run.proof !== null && <ProofCard proof={run.proof} />}
      {summary !== null && summary.skipped.length > 0 && (
        <SkippedFiles skipped={summary.skipped} total={summary.filesSkipped} verb="read" />
      )}
      {summary !== null && <RunChangesCard planId={run.planId} snapshot={summary.snapshot} />}
      {summary !== null && (
        <p className="caption px-1">
          Snapshot <span className="font-mono">{summary.snapshot}</span>
        </p>
      )}
    </>
  )
}

function ProofCard({ proof }: { proof: NonNullable<FinishedRun['proof']> }) {
  const good = proof.mismatches === 0
  const Icon = good ? BadgeCheck : BadgeX
  return (
    <Card className="flex gap-3">
      <Icon
        aria-hidden
        className={good ? 'mt-0.5 size-6 shrink-0 text-safe' : 'mt-0.5 size-6 shrink-0 text-fail'}
      />
      <div>
        <h2>{good ? 'Proven restorable' : 'The proof failed'}</h2>
        <p className="note num mt-0.5">
          {countOf(proof.files, 'file')}, {formatBytes(proof.bytes)},{' '}
          {proof.kind === 'read-check' ? 'read back' : 'restored and compared'}:{' '}
          {good ? 'every byte agrees.' : `${countOf(proof.mismatches, 'file')} did not match.`}
        </p>
      </div>
    </Card>
  )
}
