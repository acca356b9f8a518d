import { Select, TextField } from '#web/parts/field.tsx'
import type { Problem } from '#web/trpc/problem.ts'
import type { MailDraft } from './target-draft.ts'

const PORTS: Readonly<Record<MailDraft['security'], string>> = { starttls: '587', tls: '465', none: '25' }

/** A mail server and who gets the mails. */
export function MailFields(props: {
  draft: MailDraft
  known: boolean
  problems: Problem['fields']
  onChange: (draft: MailDraft) => void
}) {
  const { draft, problems, onChange } = props
  const problem = (name: string) =>
    Object.entries(problems).find(
      ([path]) => path === `target.${name}` || path.startsWith(`target.${name}.`),
    )?.[1][0]
  const field = (name: 'to' | 'host' | 'port' | 'user' | 'password' | 'from') => ({
    value: draft[name],
    problem: problem(name),
    onChange: (event: { target: { value: string } }) => onChange({ ...draft, [name]: event.target.value }),
  })
  return (
    <>
      <TextField
        label="To"
        note="Several with commas between them."
        autoComplete="email"
        inputMode="email"
        {...field('to')}
      />
      <TextField label="Mail server" placeholder="smtp.example.org" autoCapitalize="off" {...field('host')} />
      <div className="grid grid-cols-[1fr_6rem] gap-3">
        <Select
          label="Encryption"
          value={draft.security}
          onChange={(event) => {
            const security = event.target.value as MailDraft['security']
            const usual = Object.values(PORTS).includes(draft.port)
            onChange({ ...draft, security, port: usual ? PORTS[security] : draft.port })
          }}
        >
          <option value="starttls">STARTTLS</option>
          <option value="tls">TLS</option>
          <option value="none">None</option>
        </Select>
        <TextField label="Port" inputMode="numeric" {...field('port')} />
      </div>
      <TextField label="User" autoComplete="off" autoCapitalize="off" {...field('user')} />
      <TextField
        label="Password"
        type="password"
        autoComplete="off"
        note={props.known ? 'Leave it empty to keep the one that is stored.' : undefined}
        {...field('password')}
      />
      <TextField label="From" inputMode="email" placeholder="backup@example.org" {...field('from')} />
    </>
  )
}
