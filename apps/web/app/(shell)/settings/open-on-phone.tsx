'use client'

import { TRUST_STEPS } from '@holdfast/domain'
import { useQuery } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { Dialog } from '#web/parts/dialog.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { QrCode } from '#web/parts/qr-code.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { LanStatus } from '#web/trpc/types.ts'

/** The way of another device to this machine: scan, compare, trust, pair. */
export function OpenOnPhone({
  serving,
  onClose,
}: {
  serving: NonNullable<LanStatus['serving']>
  onClose: () => void
}) {
  const trpc = useTRPC()
  const qr = useQuery(trpc.lan.qr.queryOptions())
  const { onboarding, origin, fingerprint } = serving
  const first = onboarding ?? origin
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title="Open on another device"
      description="It has to be on the same network as this machine."
    >
      {qr.isError && <ProblemCard problem={problemOf(qr.error)} />}
      {qr.data && <QrCode picture={qr.data} label={`QR code of ${first}`} />}
      <ol className="grid list-decimal gap-3 pl-6 marker:font-semibold">
        <li>
          Scan this with the camera, or open{' '}
          <span className="font-mono text-[15px] [overflow-wrap:anywhere]">{first}</span>.
        </li>
        {fingerprint !== null && (
          <>
            <li>
              Go on only if it shows this fingerprint:
              <code className="mt-1 block break-all rounded-control bg-wash px-3 py-2 text-[13px] leading-relaxed">
                {fingerprint}
              </code>
            </li>
            <li>
              Trust the certificate, as its platform wants it. The page there shows the same steps.
              <div className="mt-1 divide-y divide-line border-y border-line">
                {TRUST_STEPS.map(({ id, name, steps }) => (
                  <details key={id} className="group">
                    <summary className="flex min-h-11 cursor-pointer items-center justify-between gap-3 font-semibold">
                      {name}
                      <ChevronDown
                        aria-hidden
                        className="size-5 text-soft transition-transform group-open:rotate-180"
                      />
                    </summary>
                    <ol className="note grid list-decimal gap-1.5 pb-3 pl-5">
                      {steps.map(({ text, command }) => (
                        <li key={text}>
                          {text}
                          {command !== undefined && (
                            <code className="mt-1 block break-all text-[13px] text-ink">{command}</code>
                          )}
                        </li>
                      ))}
                    </ol>
                  </details>
                ))}
              </div>
            </li>
          </>
        )}
        <li>Pair it: “Add a device”, under Paired devices, shows a code.</li>
      </ol>
    </Dialog>
  )
}
