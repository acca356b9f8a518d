'use client'

import { hookRules, hookTitle, isDump } from '@holdfast/domain'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ArrowUp, Box, Database, type LucideIcon, Pencil, Plus, SquareTerminal, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Plan } from '#web/trpc/types.ts'
import { HookCommandsNote } from './hook-commands-note.tsx'
import { HookDialog } from './hook-dialog.tsx'
import type { PlanHook } from './hook-form.ts'

const MOST = 20

/** What happens before and after the plan's runs, in order, and one thing more. */
export function BeforeAndAfter({ plan }: { plan: Plan }) {
  const client = useTRPCClient()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [open, setOpen] = useState<PlanHook | 'new' | undefined>()
  // Both answer owners alone; for others the section shows what the plan itself says.
  const commands = useQuery(trpc.hook.commands.queryOptions(undefined, { retry: false }))
  const passwords = useQuery(trpc.hook.passwords.queryOptions({ planId: plan.id }, { retry: false }))
  const { hooks } = plan.options
  const save = useMutation({
    mutationFn: (next: PlanHook[]) =>
      client.plan.update.mutate({ id: plan.id, change: { options: { ...plan.options, hooks: next } } }),
    onSuccess: () => queryClient.invalidateQueries(trpc.home.queryFilter()),
  })
  return (
    <Card className="grid gap-4">
      <div>
        <h2>Before and after</h2>
        <p className="note mt-0.5">
          {hooks.length === 0
            ? 'Files that a program writes to are best saved at rest. Holdfast can dump a database, or stop a container, before each run, and put things back after it.'
            : 'Before each run in this order; afterwards what was stopped is started again, however the run ended.'}
        </p>
      </div>
      {hooks.length > 0 && (
        <ol className="divide-y divide-line">
          {hooks.map((hook, i) => (
            <OneHook
              key={hook.id}
              hook={hook}
              hasPassword={passwords.data?.includes(hook.id) === true}
              busy={save.isPending}
              onChange={() => setOpen(hook)}
              onUp={i === 0 ? undefined : () => save.mutate(movedUp(hooks, i))}
              onRemove={() => save.mutate(hooks.filter((one) => one !== hook))}
            />
          ))}
        </ol>
      )}
      {save.isError && <ProblemCard problem={problemOf(save.error)} />}
      {hooks.length < MOST && (
        <Button onClick={() => setOpen('new')}>
          <Plus aria-hidden className="size-5" /> Add something
        </Button>
      )}
      {commands.data !== undefined && hooks.some(({ kind }) => kind === 'command') && (
        <HookCommandsNote commands={commands.data} />
      )}
      {open !== undefined && (
        <HookDialog
          plan={plan}
          hook={open === 'new' ? undefined : open}
          commands={commands.data}
          passwords={passwords.data ?? []}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Card>
  )
}

function OneHook(props: {
  hook: PlanHook
  hasPassword: boolean
  busy: boolean
  onChange: () => void
  onUp: (() => void) | undefined
  onRemove: () => void
}) {
  const { hook, hasPassword, busy, onChange, onUp, onRemove } = props
  const Icon = iconOf(hook)
  const title = titleOf(hook)
  return (
    <li className="grid gap-2 py-3 first:pt-0 last:pb-0">
      <div className="flex items-start gap-2.5">
        <Icon aria-hidden className="mt-0.5 size-5 shrink-0 text-soft" />
        <div className="min-w-0">
          <p className="font-semibold [overflow-wrap:anywhere]">{title}</p>
          <p className="note [overflow-wrap:anywhere]">
            {[...loginOf(hook, hasPassword), hookRules(hook)].join('; ')}
          </p>
        </div>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button disabled={busy} onClick={onChange} aria-label={`Change: ${title}`}>
          <Pencil aria-hidden className="size-5" /> Change
        </Button>
        {onUp !== undefined && (
          <Button size="icon" disabled={busy} onClick={onUp} aria-label={`Earlier: ${title}`}>
            <ArrowUp aria-hidden className="size-5" />
          </Button>
        )}
        <Button look="danger" disabled={busy} onClick={onRemove} aria-label={`Remove: ${title}`}>
          <Trash2 aria-hidden className="size-5" /> Remove
        </Button>
      </div>
    </li>
  )
}

function movedUp(hooks: readonly PlanHook[], i: number): PlanHook[] {
  const next = [...hooks]
  next.splice(i - 1, 0, ...next.splice(i, 1))
  return next
}

function iconOf({ kind }: PlanHook): LucideIcon {
  return kind === 'docker-stop' ? Box : kind === 'command' ? SquareTerminal : Database
}

function titleOf(hook: PlanHook): string {
  const title = hookTitle(hook)
  if (isDump(hook)) return `Dump ${title}`
  if (hook.kind === 'docker-stop') return `Stop ${title}`
  return hook.kind === 'command' && hook.when === 'after' ? `Afterwards ${title}` : `Run ${title}`
}

function loginOf(hook: PlanHook, hasPassword: boolean): string[] {
  if (hook.kind !== 'dump-postgresql' && hook.kind !== 'dump-mysql') return []
  const { user, host, port } = hook
  const where = host === null ? [] : [`at ${host}${port === null ? '' : `:${port}`}`]
  return [...(user === null ? [] : [`as ${user}`]), ...where, ...(hasPassword ? ['with a password'] : [])]
}
