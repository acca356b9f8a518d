'use client'

import { useMutation } from '@tanstack/react-query'
import { ShieldAlert, ShieldCheck } from 'lucide-react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { AuditCheck } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'

/** Checks every entry against the one before, and all of them against what snapshots noted. */
export function AuditCheckCard() {
  const client = useTRPCClient()
  // An answer is of its moment, so it is asked for each time and kept nowhere.
  const check = useMutation({ mutationFn: () => client.audit.verify.query() })
  return (
    <Card className="grid gap-3">
      <div role="status" className="grid gap-3">
        {check.data === undefined ? (
          <p className="note">Has anybody changed, removed or added an entry?</p>
        ) : (
          <Answer check={check.data} />
        )}
      </div>
      <Button disabled={check.isPending} onClick={() => check.mutate()}>
        {check.isPending ? 'Checking…' : check.data === undefined ? 'Check the trail' : 'Check again'}
      </Button>
      {check.isError && <ProblemCard problem={problemOf(check.error)} />}
    </Card>
  )
}

function Answer({ check }: { check: AuditCheck }) {
  const heads = check.vaults.reduce((sum, vault) => sum + vault.heads, 0)
  const Icon = check.ok ? ShieldCheck : ShieldAlert
  return (
    <div className="flex gap-3">
      <Icon aria-hidden className={`mt-0.5 size-6 shrink-0 ${check.ok ? 'text-safe' : 'text-fail'}`} />
      <div className="min-w-0">
        <p className="font-semibold">{check.ok ? 'The trail is whole.' : brokenWords(check)}</p>
        <p className="note num mt-0.5">
          {check.ok
            ? `${check.entries === 1 ? '1 entry' : `${check.entries} entries`}, each follows from the one before. ${
                heads === 0
                  ? 'No snapshot has noted one yet.'
                  : `It holds what ${countOf(heads, 'snapshot')} noted of it.`
              }`
            : 'Find out who could write to this machine’s files. Snapshots and their files are not touched by this.'}
        </p>
        {check.vaults.map(({ name, problem }) =>
          problem === null ? null : (
            <p key={name} className="note mt-1 text-risk">
              “{name}” could not be asked: {problem}
            </p>
          ),
        )}
      </div>
    </div>
  )
}

function brokenWords({ why, brokenAt }: AuditCheck): string {
  switch (why) {
    case 'missing':
      return `Entry ${brokenAt} is missing.`
    case 'changed':
      return `Entry ${brokenAt} was changed or put in later.`
    case 'head-unknown':
      return `From entry ${brokenAt} on, this is not the trail that snapshots noted.`
    case null:
      return 'The trail is broken.'
  }
}
