'use client'

import { Copy, Dices, Eye, EyeOff, LockKeyhole } from 'lucide-react'
import { useId, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Checkbox } from '#web/parts/checkbox.tsx'
import { cn } from '#web/parts/class-names.ts'
import { FieldProblem, TextField } from '#web/parts/field.tsx'
import { PASSPHRASE_CHANCE_BYTES, passphraseFrom, passphraseStrength } from '#web/words/passphrase.ts'
import { needsPassphrase, opensVault } from './draft.ts'
import type { StepProps } from './steps.tsx'

/** The passphrase of the vault: made here for a new one, asked for one that is there already. */
export function PassphraseStep(props: StepProps) {
  if (!needsPassphrase(props.draft)) return <PlainVault />
  return opensVault(props.draft) ? <ExistingPassphrase {...props} /> : <NewPassphrase {...props} />
}

function NewPassphrase({ draft, change, problems }: StepProps) {
  const [visible, setVisible] = useState(false)
  const savedId = useId()
  const generate = () => {
    const passphrase = passphraseFrom(crypto.getRandomValues(new Uint8Array(PASSPHRASE_CHANCE_BYTES)))
    setVisible(true)
    change({ passphrase, passphraseAgain: passphrase, saved: false })
  }
  return (
    <>
      <div>
        <h1>One passphrase keeps it yours.</h1>
        <p className="mt-2 text-soft">
          Everything is encrypted before it leaves this machine. Without this passphrase nothing can be
          restored, by anyone: there is no way around it, and nobody can reset it.
        </p>
      </div>
      <div className="grid gap-4">
        <PassphraseField
          label="Passphrase"
          autoComplete="new-password"
          value={draft.passphrase}
          visible={visible}
          onVisible={setVisible}
          onChange={(passphrase) =>
            change({ passphrase, saved: false, ...(visible && { passphraseAgain: passphrase }) })
          }
          problem={problems.passphrase}
        />
        {draft.passphrase !== '' && <StrengthMeter passphrase={draft.passphrase} />}
        {!visible && draft.passphrase !== '' && (
          <TextField
            label="The same again"
            type="password"
            autoComplete="new-password"
            value={draft.passphraseAgain}
            onChange={(event) => change({ passphraseAgain: event.target.value })}
            problem={problems.passphraseAgain}
          />
        )}
        <div className="flex flex-wrap gap-2">
          <Button className="bg-card" onClick={generate}>
            <Dices aria-hidden className="size-5" /> Make one for me
          </Button>
          {draft.passphrase !== '' && visible && <CopyButton text={draft.passphrase} />}
        </div>
      </div>
      <div className="grid gap-1.5">
        <Card className={cn('flex items-start gap-1 p-1.5', problems.saved !== undefined && 'border-fail')}>
          <Checkbox
            id={savedId}
            checked={draft.saved}
            onCheckedChange={(on) => change({ saved: on === true })}
            aria-describedby={`${savedId}-problem`}
          />
          <label htmlFor={savedId} className="min-h-11 min-w-0 grow cursor-pointer py-2 pr-3">
            <span className="font-semibold leading-snug">I have saved it, and not only on this machine.</span>
            <span className="note mt-0.5 block">
              In a password manager on your phone, or on paper in a drawer.
            </span>
          </label>
        </Card>
        <div id={`${savedId}-problem`}>
          {problems.saved !== undefined && <FieldProblem text={problems.saved} />}
        </div>
      </div>
    </>
  )
}

function ExistingPassphrase({ draft, change, problems }: StepProps) {
  const [visible, setVisible] = useState(false)
  return (
    <>
      <div>
        <h1>Open the vault.</h1>
        <p className="mt-2 text-soft">
          There is an encrypted vault at this place. Type the passphrase it was made with.
        </p>
      </div>
      <PassphraseField
        label="Passphrase of this vault"
        autoComplete="current-password"
        value={draft.passphrase}
        visible={visible}
        onVisible={setVisible}
        onChange={(passphrase) => change({ passphrase })}
        problem={problems.passphrase}
      />
    </>
  )
}

function PlainVault() {
  return (
    <div className="grid gap-4">
      <h1>This vault is not encrypted.</h1>
      <p className="text-soft">
        It was made without a passphrase, so none is needed. Whoever can read the place can read the copies:
        to have them encrypted, go back and choose an empty folder.
      </p>
    </div>
  )
}

type PassphraseFieldProps = {
  readonly label: string
  readonly autoComplete: string
  readonly value: string
  readonly visible: boolean
  readonly onVisible: (visible: boolean) => void
  readonly onChange: (passphrase: string) => void
  readonly problem: string | undefined
}

function PassphraseField(props: PassphraseFieldProps) {
  const Icon = props.visible ? EyeOff : Eye
  return (
    <TextField
      label={props.label}
      type={props.visible ? 'text' : 'password'}
      autoComplete={props.autoComplete}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      maxLength={1024}
      value={props.value}
      onChange={(event) => props.onChange(event.target.value)}
      className={cn(props.visible && 'font-mono text-[15px]')}
      problem={props.problem}
      end={
        <Button
          className="size-13 bg-card"
          size="icon"
          aria-label={props.visible ? 'Hide the passphrase' : 'Show the passphrase'}
          onClick={() => props.onVisible(!props.visible)}
        >
          <Icon aria-hidden className="size-5" />
        </Button>
      }
    />
  )
}

const LEVEL_COLOURS = ['bg-fail', 'bg-fail', 'bg-risk', 'bg-safe'] as const

function StrengthMeter({ passphrase }: { passphrase: string }) {
  const strength = passphraseStrength(passphrase)
  return (
    <div className="grid gap-1.5" role="status">
      <div aria-hidden className="grid grid-cols-3 gap-1.5">
        {[1, 2, 3].map((level) => (
          <span
            key={level}
            className={cn(
              'h-1.5 rounded-full',
              level <= Math.max(1, strength.level) ? LEVEL_COLOURS[strength.level] : 'bg-line',
            )}
          />
        ))}
      </div>
      <p className="note">
        <b className="font-semibold text-ink">{strength.word}.</b> {strength.hint}
      </p>
    </div>
  )
}

function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'refused'>('no')
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setCopied('yes'),
      () => setCopied('refused'),
    )
  }
  return (
    <Button className="bg-card" onClick={copy}>
      {copied === 'yes' ? (
        <LockKeyhole aria-hidden className="size-5" />
      ) : (
        <Copy aria-hidden className="size-5" />
      )}
      {{ no: 'Copy', yes: 'Copied', refused: 'Select and copy it by hand' }[copied]}
    </Button>
  )
}
