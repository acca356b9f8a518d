'use client'

import { USUAL_REPORT_TIMES } from '@holdfast/domain'
import { TextField } from '#web/parts/field.tsx'
import { TickRow } from '#web/parts/tick-row.tsx'
import type { ChannelInfo, Inputs } from '#web/trpc/types.ts'
import { ReportFields } from './report-fields.tsx'

export type Rules = Omit<Inputs['know']['rules'], 'id'>
type Kind = Rules['kinds'][number]

const KINDS: readonly { kind: Kind; title: string; text: string }[] = [
  {
    kind: 'failure',
    title: 'Something is wrong',
    text: 'A backup failed, did not happen, or a proof did not match.',
  },
  { kind: 'recovery', title: 'It is right again', text: 'Once, with how long it took.' },
  { kind: 'reminder', title: 'It is still wrong', text: 'After a day, three days, then every week.' },
  {
    kind: 'notice',
    title: 'Good to know',
    text: 'Such as Holdfast having started again, or wrong PINs on a device.',
  },
]

/** What a new channel of people is told unless told otherwise. */
export const USUAL_RULES: Omit<Rules, 'name'> = {
  enabled: true,
  kinds: ['failure', 'recovery', 'reminder', 'notice', 'digest'],
  quiet: null,
  reports: USUAL_REPORT_TIMES,
}

export function rulesOf({ name, enabled, kinds, quiet, reports }: ChannelInfo): Rules {
  return { name, enabled, kinds: [...kinds], quiet, reports }
}

/** Which messages, and the hours in which only what is failing comes through. */
export function RulesFields({ rules, onChange }: { rules: Rules; onChange: (rules: Rules) => void }) {
  const { kinds, quiet } = rules
  const toggle = (kind: Kind, on: boolean) =>
    onChange({ ...rules, kinds: on ? [...kinds, kind] : kinds.filter((other) => other !== kind) })
  return (
    <>
      <fieldset className="grid gap-1">
        <legend className="text-[15px] font-semibold">Tell about</legend>
        {KINDS.map(({ kind, title, text }) => (
          <TickRow
            key={kind}
            checked={kinds.includes(kind)}
            onChange={(on) => toggle(kind, on)}
            title={title}
            text={text}
          />
        ))}
      </fieldset>
      <ReportFields rules={rules} onChange={onChange} />
      <fieldset className="grid gap-2">
        <legend className="sr-only">Quiet hours</legend>
        <TickRow
          checked={quiet !== null}
          onChange={(on) => onChange({ ...rules, quiet: on ? NIGHT() : null })}
          title="Quiet hours"
          text="What can wait comes afterwards. What is failing comes at once."
        />
        {quiet !== null && (
          <div className="grid grid-cols-2 gap-3">
            <TextField
              label="From"
              type="time"
              required
              value={quiet.from}
              onChange={(event) => onChange({ ...rules, quiet: { ...quiet, from: event.target.value } })}
            />
            <TextField
              label="To"
              type="time"
              required
              value={quiet.to}
              onChange={(event) => onChange({ ...rules, quiet: { ...quiet, to: event.target.value } })}
            />
          </div>
        )}
      </fieldset>
    </>
  )
}

const NIGHT = () => ({
  from: '22:00',
  to: '07:00',
  timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
})
