'use client'

import { useState } from 'react'
import { Dialog } from '#web/parts/dialog.tsx'
import { CompareFingerprint } from './compare-fingerprint.tsx'
import { FindMachine } from './find-machine.tsx'
import { PairMachine } from './pair-machine.tsx'

/** What is known of the machine that is being added. */
type Step =
  | { readonly at: 'find' }
  | { readonly at: 'compare'; readonly address: string }
  | { readonly at: 'pair'; readonly address: string; readonly fingerprint: string }

const WORDS = {
  find: {
    title: 'Add a machine',
    description: 'It runs Holdfast too, and serves your network.',
  },
  compare: {
    title: 'Is it the right one?',
    description: 'Anybody on the network can pretend to be it. Its fingerprint tells.',
  },
  pair: {
    title: 'Let this machine in there',
    description: 'As a viewer: it may look there and do nothing else. It can be removed there at any time.',
  },
} as const

/** Leads from a machine on the network to one that is watched: find it, compare its fingerprint, pair with its code. */
export function AddMachine({ onClose }: { onClose: () => void }) {
  const [step, setStep] = useState<Step>({ at: 'find' })
  return (
    <Dialog open keepOpen onOpenChange={(open) => open || onClose()} {...WORDS[step.at]}>
      {step.at === 'find' && <FindMachine onChoose={(address) => setStep({ at: 'compare', address })} />}
      {step.at === 'compare' && (
        <CompareFingerprint
          address={step.address}
          onAgree={(fingerprint) => setStep({ ...step, at: 'pair', fingerprint })}
          onBack={() => setStep({ at: 'find' })}
        />
      )}
      {step.at === 'pair' && (
        <PairMachine address={step.address} fingerprint={step.fingerprint} onAdded={onClose} />
      )}
    </Dialog>
  )
}
