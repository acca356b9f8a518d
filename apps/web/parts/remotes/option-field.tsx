'use client'

import type { FormField, ProviderOption } from '@holdfast/domain'
import { Eye, EyeOff } from 'lucide-react'
import { useId, useState } from 'react'
import { Button } from '../button.tsx'
import { FieldProblem, Select, TextArea, TextField } from '../field.tsx'
import { Switch } from '../switch.tsx'

type OptionFieldProps = {
  readonly field: FormField
  /** Names of remotes that this one may be built upon. */
  readonly remotes?: readonly string[]
  readonly onChange: (value: string) => void
}

const AS_TYPED = {
  autoCapitalize: 'none',
  autoCorrect: 'off',
  spellCheck: false,
  autoComplete: 'off',
} as const

/** One option of a remote, in the control that fits its kind. */
export function OptionField({ field, remotes = [], onChange }: OptionFieldProps) {
  const { option, value, problem } = field
  const shared = { label: option.label, note: noteOf(option), problem }
  switch (option.kind) {
    case 'boolean':
      return <SwitchField {...shared} value={value} onChange={onChange} />
    case 'choice':
      return (
        <Select {...shared} value={value} onChange={(event) => onChange(event.target.value)}>
          {(!option.required || value === '') && <option value="">{emptyChoice(option)}</option>}
          {option.examples.map((example) => (
            <option key={example.value} value={example.value}>
              {exampleText(example)}
            </option>
          ))}
        </Select>
      )
    case 'remote':
      return <RemoteField {...shared} value={value} remotes={remotes} onChange={onChange} />
    case 'password':
      return <SecretField {...shared} field={field} onChange={onChange} />
    case 'number':
    case 'size':
    case 'duration':
    case 'text':
      return option.examples.length > 0 ? (
        <SuggestField {...shared} option={option} value={value} onChange={onChange} />
      ) : (
        <TextField
          {...shared}
          {...AS_TYPED}
          inputMode={option.kind === 'number' ? 'numeric' : undefined}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )
  }
}

type Control = {
  readonly label: string
  readonly note: string | undefined
  readonly problem: string | undefined
  readonly onChange: (value: string) => void
}

function SwitchField({ label, note, problem, value, onChange }: Control & { value: string }) {
  const id = useId()
  return (
    <div className="grid gap-1">
      <div className="flex items-center justify-between gap-3">
        <label htmlFor={id} className="min-w-0 text-[15px] font-semibold">
          {label}
        </label>
        <Switch id={id} checked={value === 'true'} onCheckedChange={(on) => onChange(String(on))} />
      </div>
      {note !== undefined && <p className="note">{note}</p>}
      {problem !== undefined && <FieldProblem text={problem} />}
    </div>
  )
}

function SecretField({ field, onChange, ...shared }: Control & { field: FormField }) {
  const [visible, setVisible] = useState(false)
  const { option, value, kept } = field
  const hint = kept ? 'Set. Leave it empty to keep it.' : undefined
  if (option.multiline)
    return (
      <TextArea
        {...shared}
        {...AS_TYPED}
        rows={4}
        value={value}
        placeholder={hint}
        className="font-mono text-[13px]"
        onChange={(event) => onChange(event.target.value)}
      />
    )
  const Icon = visible ? EyeOff : Eye
  return (
    <TextField
      {...shared}
      {...AS_TYPED}
      autoComplete="new-password"
      type={visible ? 'text' : 'password'}
      value={value}
      placeholder={hint}
      onChange={(event) => onChange(event.target.value)}
      end={
        <Button
          className="size-13 bg-card"
          size="icon"
          aria-label={`${visible ? 'Hide' : 'Show'}: ${shared.label}`}
          onClick={() => setVisible(!visible)}
        >
          <Icon aria-hidden className="size-5" />
        </Button>
      }
    />
  )
}

const OTHER = '\0other'

/** Suggestions first, and a field for what is none of them. */
function SuggestField({
  option,
  value,
  onChange,
  ...shared
}: Control & { option: ProviderOption; value: string }) {
  const isListed = value === '' || option.examples.some((example) => example.value === value)
  const [other, setOther] = useState(!isListed)
  return (
    <div className="grid gap-2">
      <Select
        {...shared}
        problem={other ? undefined : shared.problem}
        value={other ? OTHER : value}
        onChange={(event) => {
          const chosen = event.target.value
          setOther(chosen === OTHER)
          onChange(chosen === OTHER ? '' : chosen)
        }}
      >
        {!option.examples.some((example) => example.value === '') && (
          <option value="">{emptyChoice(option)}</option>
        )}
        {option.examples.map((example) => (
          <option key={example.value} value={example.value}>
            {exampleText(example)}
          </option>
        ))}
        <option value={OTHER}>Something else…</option>
      </Select>
      {other && (
        <TextField
          {...AS_TYPED}
          label={`${shared.label}: something else`}
          value={value}
          problem={shared.problem}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </div>
  )
}

function RemoteField({
  value,
  remotes,
  onChange,
  ...shared
}: Control & { value: string; remotes: readonly string[] }) {
  const colon = value.indexOf(':')
  const [base, path] = colon === -1 ? ['', ''] : [value.slice(0, colon), value.slice(colon + 1)]
  const put = (remote: string, folder: string) => onChange(remote === '' ? '' : `${remote}:${folder}`)
  return (
    <div className="grid gap-4 rail:grid-cols-2">
      <Select
        {...shared}
        label="Over the remote"
        note={remotes.length === 0 ? 'There is none yet: make the one below it first.' : undefined}
        value={base}
        onChange={(event) => put(event.target.value, path)}
      >
        <option value="">Choose…</option>
        {remotes.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </Select>
      <TextField
        {...AS_TYPED}
        label="Folder on it"
        disabled={base === ''}
        value={path}
        onChange={(event) => put(base, event.target.value)}
      />
    </div>
  )
}

/** The rest of rclone's words, as far as they say more than the label. */
function noteOf({ label, help, default: preset, kind }: ProviderOption): string | undefined {
  const lines = help.split('\n').map((line) => line.trim())
  const first = lines[0]?.replace(/\.$/, '') ?? ''
  const rest = (first === label ? lines.slice(1) : lines).filter((line) => line !== '').join(' ')
  const said = rest.length > 320 ? `${rest.slice(0, 300).replace(/\s+\S*$/, '')} …` : rest
  const usual = preset !== '' && kind !== 'boolean' && kind !== 'number' ? `Usually ${preset}.` : ''
  const note = [said, usual].filter((part) => part !== '').join(' ')
  return note === '' ? undefined : note
}

function emptyChoice({ name, default: preset, required }: ProviderOption): string {
  if (required || name === 'vendor') return 'Choose…'
  return preset === '' ? 'Not set' : `As usual (${preset})`
}

function exampleText({ value, help }: { value: string; help: string }): string {
  if (help === '') return value
  const said = help.length > 60 ? `${help.slice(0, 58).replace(/\s+\S*$/, '')}…` : help
  return value === '' || said === value ? said : `${said} (${value})`
}
