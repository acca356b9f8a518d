'use client'

import { isSameLogin } from '@holdfast/domain'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { Select, TextField } from '#web/parts/field.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { HookCommands, Plan } from '#web/trpc/types.ts'
import { CommandFields, DatabaseFields } from './hook-fields.tsx'
import { formOf, type HookForm, hookOf, type PlanHook } from './hook-form.ts'

const KINDS: Readonly<Record<HookForm['kind'], { name: string; about: string }>> = {
  'dump-postgresql': {
    name: 'Dump a PostgreSQL database',
    about: 'Before each run, to a file that is backed up with the rest.',
  },
  'dump-mysql': {
    name: 'Dump a MySQL or MariaDB database',
    about: 'Before each run, to a file that is backed up with the rest.',
  },
  'dump-sqlite': {
    name: 'Copy a SQLite database',
    about: 'As it is at one moment, also while a program writes to it.',
  },
  'docker-stop': {
    name: 'Stop a Docker container',
    about: 'Before each run, if it runs; it is started again after it, however the run ended.',
  },
  command: {
    name: 'Run a command of this machine',
    about: 'Something of your own, before or after each run.',
  },
}

/** Adds a hook to a plan, or changes one. */
export function HookDialog(props: {
  plan: Plan
  hook: PlanHook | undefined
  commands: HookCommands | undefined
  passwords: readonly string[]
  onClose: () => void
}) {
  const { plan, hook, commands, passwords, onClose } = props
  const client = useTRPCClient()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [form, setForm] = useState(() => formOf(hook))
  const [tried, setTried] = useState(false)
  const { hooks } = plan.options
  const result = hookOf(form, { changed: hook, hooks })
  const stays = hook !== undefined && 'hook' in result && isSameLogin(hook, result.hook)
  const hasPassword = hook !== undefined && passwords.includes(hook.id) && stays
  const save = useMutation({
    async mutationFn() {
      if ('problems' in result) return
      const next =
        hook === undefined
          ? [...hooks, result.hook]
          : hooks.map((one) => (one.id === hook.id ? result.hook : one))
      await client.plan.update.mutate({ id: plan.id, change: { options: { ...plan.options, hooks: next } } })
      if (form.password !== '' && form.kind.startsWith('dump-') && form.kind !== 'dump-sqlite')
        await client.hook.setPassword.mutate({
          planId: plan.id,
          hook: result.hook.id,
          password: form.password,
        })
    },
    async onSuccess() {
      if ('problems' in result) return
      await Promise.all([
        queryClient.invalidateQueries(trpc.home.queryFilter()),
        queryClient.invalidateQueries(trpc.hook.pathFilter()),
      ])
      onClose()
    },
  })
  const problem = save.isError ? problemOf(save.error) : undefined
  // `options.hooks.2.path` is the field `path` here.
  const refused = Object.entries(problem?.fields ?? {}).map(([path, [text = '']]) => [
    path.split('.').at(-1) ?? '',
    text,
  ])
  const problems = {
    ...(tried && 'problems' in result ? result.problems : {}),
    ...Object.fromEntries(refused),
  }
  const fields = { form, problems, onChange: setForm }
  return (
    <Dialog
      open
      keepOpen
      onOpenChange={(open) => open || onClose()}
      title={hook === undefined ? 'Before and after' : 'Change it'}
      description={KINDS[form.kind].about}
    >
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if ('hook' in result) return save.mutate()
          const { currentTarget } = event
          requestAnimationFrame(() => currentTarget.querySelector<HTMLElement>('[aria-invalid]')?.focus())
        }}
      >
        <Select
          label="What to do"
          value={form.kind}
          disabled={hook !== undefined}
          onChange={(event) => setForm({ ...form, kind: event.target.value as HookForm['kind'] })}
        >
          {Object.entries(KINDS).map(([kind, { name }]) => (
            <option key={kind} value={kind}>
              {name}
            </option>
          ))}
        </Select>
        {(form.kind === 'dump-postgresql' || form.kind === 'dump-mysql') && (
          <DatabaseFields {...fields} hasPassword={hasPassword} />
        )}
        {form.kind === 'dump-sqlite' && (
          <TextField
            label="File of the database"
            placeholder="/srv/app/data.db"
            autoCapitalize="none"
            spellCheck={false}
            value={form.path}
            problem={problems.path}
            onChange={(event) => setForm({ ...form, path: event.target.value })}
          />
        )}
        {form.kind === 'docker-stop' && (
          <TextField
            label="Container"
            autoCapitalize="none"
            spellCheck={false}
            note="Its name or id, as docker ps shows it."
            value={form.container}
            problem={problems.container}
            onChange={(event) => setForm({ ...form, container: event.target.value })}
          />
        )}
        {form.kind === 'command' && <CommandFields {...fields} commands={commands} />}
        <TextField
          label="Minutes it may take"
          inputMode="decimal"
          note="Then it is ended, and counts as failed."
          value={form.minutes}
          problem={problems.timeoutSeconds}
          onChange={(event) => setForm({ ...form, minutes: event.target.value })}
        />
        {!(form.kind === 'command' && form.when === 'after') && (
          <Select
            label="If it fails"
            note={form.abort ? undefined : 'The run ends as incomplete, and you are told.'}
            value={form.abort ? 'stop' : 'go-on'}
            onChange={(event) => setForm({ ...form, abort: event.target.value === 'stop' })}
          >
            <option value="go-on">Back up all the same</option>
            <option value="stop">Back up nothing, the run has failed</option>
          </Select>
        )}
        {problem !== undefined && refused.length === 0 && <ProblemCard problem={problem} />}
        <Button look="primary" size="main" type="submit" disabled={save.isPending}>
          {save.isPending ? 'Saving…' : hook === undefined ? 'Add it' : 'Save'}
        </Button>
      </form>
    </Dialog>
  )
}
