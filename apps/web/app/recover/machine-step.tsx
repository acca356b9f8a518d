import { formatBytes } from '@holdfast/domain'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ArrowLeft, BookOpen, Info, Repeat } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Choice } from '#web/parts/choice.tsx'
import { TextField } from '#web/parts/field.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { OpenedKit } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import { dayAndTime } from '#web/words/moments.ts'
import { RecoverFrame } from './recover-frame.tsx'

type Machine = OpenedKit['machines'][number]

/** Which machine, whether its backups go on here, and where its folders lie now. */
export function MachineStep({ found, onBack }: { found: OpenedKit; onBack: () => void }) {
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const now = useNow()
  const [writer, setWriter] = useState(found.machines[0]?.writer)
  const [how, setHow] = useState<'take-over' | 'read-only'>('take-over')
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const machine = found.machines.find((one) => one.writer === writer)
  const bring = useMutation({
    mutationFn: (chosen: Machine) =>
      client.recover.bring.mutate({
        ...{ vault: found.vault, writer: chosen.writer, how },
        mappings: from.trim() === '' ? [] : [{ from: from.trim(), to: to.trim() }],
      }),
    onSuccess: () => queryClient.invalidateQueries(),
  })
  return (
    <RecoverFrame step="Machine">
      <div>
        <Button look="plain" className="-ml-3" onClick={onBack}>
          <ArrowLeft aria-hidden className="size-5" /> Another vault
        </Button>
        <h1 className="mt-1">Which machine comes back?</h1>
        <p className="note mt-1 [overflow-wrap:anywhere]">Found in {found.place}.</p>
      </div>
      {found.notes.map((note) => (
        <Note key={note} text={note} />
      ))}
      {found.machines.length === 0 && (
        <p className="text-soft">No machine has backed up into this vault yet.</p>
      )}
      <fieldset className="grid gap-2.5">
        <legend className="sr-only">Machine</legend>
        {found.machines.map((one) => (
          <Choice
            key={one.writer}
            name="machine"
            title={one.machine}
            text={machineText(one, now)}
            checked={one.writer === writer}
            onChoose={() => setWriter(one.writer)}
          />
        ))}
      </fieldset>
      {machine !== undefined && machine.settingsAt === null && (
        <Note text="It stored no settings here, so only its files can come back: use holdfast restore on this machine." />
      )}
      {machine !== undefined && machine.settingsAt !== null && (
        <>
          <fieldset className="grid gap-2.5 rail:grid-cols-2">
            <legend className="mb-2 text-[15px] font-semibold">And its backups?</legend>
            <Choice
              name="how"
              Icon={Repeat}
              title="Go on here"
              text="This machine takes over. Should the old one wake, it says so and stops."
              checked={how === 'take-over'}
              onChoose={() => setHow('take-over')}
            />
            <Choice
              name="how"
              Icon={BookOpen}
              title="Only read"
              text="Bring things back and write nothing. You can take over later."
              checked={how === 'read-only'}
              onChoose={() => setHow('read-only')}
            />
          </fieldset>
          <Card className="grid gap-4">
            <div>
              <h2>Another home folder?</h2>
              <p className="note mt-1">
                When the folders have another name here, say so once. Leave it empty when they have not.
              </p>
            </div>
            <div className="grid gap-3 rail:grid-cols-2">
              <PathField label="There" placeholder={commonFolder(machine)} value={from} onChange={setFrom} />
              <PathField label="Here" placeholder="/home/…" value={to} onChange={setTo} />
            </div>
            <ul className="grid gap-1">
              {machine.plans.flatMap(({ id, sources }) =>
                sources.map((path) => (
                  <li key={`${id} ${path}`} className="font-mono text-[13px] [overflow-wrap:anywhere]">
                    {path}
                    {hereOf(path, from, to) !== path && (
                      <span className="block text-sea">→ {hereOf(path, from, to)}</span>
                    )}
                  </li>
                )),
              )}
            </ul>
          </Card>
          {machine.remotes.map(
            ({ refused }) => refused !== null && <Note key={refused} text={`${refused} It is left out.`} />,
          )}
        </>
      )}
      {bring.isError && <ProblemCard problem={problemOf(bring.error)} />}
      <Button
        look="primary"
        size="main"
        disabled={machine === undefined || machine.settingsAt === null || bring.isPending}
        onClick={() => machine !== undefined && bring.mutate(machine)}
      >
        {bring.isPending ? 'Bringing it back…' : `Bring ${machine?.machine ?? 'it'} back`}
      </Button>
      <p className="note text-center">Settings, plans and history come first. Files are asked about next.</p>
    </RecoverFrame>
  )
}

function PathField(props: {
  label: string
  placeholder: string
  value: string
  onChange: (path: string) => void
}) {
  return (
    <TextField
      {...props}
      className="font-mono text-[15px]"
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      onChange={(event) => props.onChange(event.target.value)}
    />
  )
}

export function Note({ text }: { text: string }) {
  return (
    <p className="flex gap-3 rounded-card border-[1.5px] border-edge border-dashed p-3.5 text-[15px]">
      <Info aria-hidden className="mt-0.5 size-5 shrink-0 text-risk" /> {text}
    </p>
  )
}

function machineText({ newest, snapshots, plans }: Machine, now: Date): string {
  if (newest === null) return 'It has no backup.'
  const names = plans.map(({ name }) => name).join(', ')
  const last = `Last backup ${dayAndTime(new Date(newest.at), now)}: ${countOf(newest.files, 'file')}, ${formatBytes(newest.bytes)}.`
  return `${last} ${countOf(snapshots, 'backup')}${names === '' ? '' : ` of ${names}`}.`
}

function commonFolder({ plans }: Machine): string {
  const [first = '/home/…'] = plans.flatMap(({ sources }) => sources)
  return first.split('/').slice(0, 3).join('/')
}

/** As the agent maps it, for the eye. */
function hereOf(path: string, from: string, to: string): string {
  const [old, here] = [from.trim().replace(/\/+$/, ''), to.trim().replace(/\/+$/, '')]
  if (old === '' || here === '') return path
  return path === old || path.startsWith(`${old}/`) ? `${here}${path.slice(old.length)}` : path
}
