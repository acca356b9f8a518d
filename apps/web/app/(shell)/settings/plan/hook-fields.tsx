import { Select, TextField } from '#web/parts/field.tsx'
import type { HookCommands } from '#web/trpc/types.ts'
import { HookCommandsNote } from './hook-commands-note.tsx'
import type { HookForm } from './hook-form.ts'

type FieldsProps = {
  readonly form: HookForm
  readonly problems: Readonly<Record<string, string>>
  readonly onChange: (form: HookForm) => void
}

/** The database of a dump: what, where, and who asks. */
export function DatabaseFields({
  form,
  problems,
  onChange,
  hasPassword,
}: FieldsProps & { hasPassword: boolean }) {
  const all = form.kind === 'dump-mysql' ? 'MySQL or MariaDB' : 'PostgreSQL'
  const set = (change: Partial<HookForm>) => onChange({ ...form, ...change })
  return (
    <>
      <TextField
        label="Database"
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        note={`Empty: every database of this ${all} server.`}
        value={form.database}
        problem={problems.database}
        onChange={(event) => set({ database: event.target.value })}
      />
      <TextField
        label="User"
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        note="Empty: the user that Holdfast runs as."
        value={form.user}
        problem={problems.user}
        onChange={(event) => set({ user: event.target.value })}
      />
      <TextField
        label="Password"
        type="password"
        autoComplete="off"
        note={
          hasPassword
            ? 'Leave it empty to keep the one that is stored.'
            : 'Kept sealed. Empty: none is given.'
        }
        value={form.password}
        problem={problems.password}
        onChange={(event) => set({ password: event.target.value })}
      />
      <TextField
        label="Host or socket"
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        note="Empty: this machine, the usual way."
        value={form.host}
        problem={problems.host}
        onChange={(event) => set({ host: event.target.value })}
      />
      <TextField
        label="Port"
        inputMode="numeric"
        placeholder={form.kind === 'dump-mysql' ? '3306' : '5432'}
        value={form.port}
        problem={problems.port}
        onChange={(event) => set({ port: event.target.value })}
      />
    </>
  )
}

/** A command that is defined on the machine, by its name. */
export function CommandFields(props: FieldsProps & { commands: HookCommands | undefined }) {
  const { form, problems, onChange, commands } = props
  return (
    <>
      {commands !== undefined && commands.commands.length > 0 && (
        <>
          <Select
            label="Command"
            value={form.command}
            problem={problems.command}
            onChange={(event) => onChange({ ...form, command: event.target.value })}
          >
            <option value="">Choose one</option>
            {commands.commands.map(({ id }) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </Select>
          <Select
            label="When"
            value={form.when}
            onChange={(event) =>
              onChange({ ...form, when: event.target.value === 'after' ? 'after' : 'before' })
            }
          >
            <option value="before">Before the run</option>
            <option value="after">After the run, however it ended</option>
          </Select>
        </>
      )}
      {commands !== undefined && <HookCommandsNote commands={commands} />}
    </>
  )
}
