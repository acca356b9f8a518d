'use client'

import { useQuery } from '@tanstack/react-query'
import { Button } from '#web/parts/button.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'

type CompareProps = {
  readonly address: string
  readonly onAgree: (fingerprint: string) => void
  readonly onBack: () => void
}

/** Shows the fingerprint of the certificate at an address: a person says whether it is the one that stands there. */
export function CompareFingerprint({ address, onAgree, onBack }: CompareProps) {
  const trpc = useTRPC()
  const shown = useQuery(trpc.machine.look.queryOptions({ address }, { gcTime: 0, retry: false }))
  if (shown.isError)
    return (
      <>
        <ProblemCard problem={problemOf(shown.error)} />
        <Button size="main" onClick={onBack}>
          Another address
        </Button>
      </>
    )
  if (shown.data === undefined) return <p role="status">Asking {address}…</p>
  const { origin, fingerprint } = shown.data
  return (
    <>
      <p className="[overflow-wrap:anywhere]">
        {origin} shows a certificate with this{' '}
        <span className="whitespace-nowrap">fingerprint (SHA-256)</span>:
      </p>
      <p className="rounded-control bg-wash px-3 py-2 font-mono text-[15px] leading-relaxed break-all">
        {fingerprint}
      </p>
      <p className="note">
        On that machine, <code className="whitespace-nowrap">holdfast trust</code> prints it, and its settings
        show it below “On the home network”.
      </p>
      <Button look="primary" size="main" onClick={() => onAgree(fingerprint)}>
        It is the same there
      </Button>
      <Button size="main" onClick={onBack}>
        It differs: go back
      </Button>
    </>
  )
}
