import { useMutation, useQuery } from '@tanstack/react-query'
import { FileKey, HardDrive } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Choice } from '#web/parts/choice.tsx'
import { Select, TextArea, TextField } from '#web/parts/field.tsx'
import { FolderField } from '#web/parts/folder-field.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { OpenedKit, Place } from '#web/trpc/types.ts'
import { RecoverFrame } from './recover-frame.tsx'

type Ask = { readonly name: string; readonly type: string; readonly command: string }

/** Kit, or the vault's place by hand, and the passphrase. */
export function OpenStep({ onOpen }: { onOpen: (found: OpenedKit) => void }) {
  const client = useTRPCClient()
  const [by, setBy] = useState<'kit' | 'place'>('kit')
  const [kit, setKit] = useState('')
  const [place, setPlace] = useState<Place>({ kind: 'folder', path: '' })
  const [passphrase, setPassphrase] = useState('')
  const [asked, setAsked] = useState<readonly Ask[]>([])
  const [tokens, setTokens] = useState<Readonly<Record<string, string>>>({})
  const open = useMutation({
    mutationFn: () =>
      client.recover.open.mutate({
        ...(by === 'kit' ? { kit } : { place }),
        ...{ passphrase: passphrase === '' ? null : passphrase, tokens },
      }),
    onSuccess: (found) => (found.kind === 'open' ? onOpen(found) : setAsked(found.remotes)),
  })
  const given = by === 'kit' ? kit.trim() !== '' : place.path.trim() !== ''
  const signedIn = asked.every(({ name }) => (tokens[name] ?? '').trim() !== '')
  return (
    <RecoverFrame step="Open">
      <div>
        <h1>Bring a machine back.</h1>
        <p className="mt-2 text-soft">
          With its recovery kit and the passphrase everything comes back: settings, plans, history and files.
          Nothing in the vault is changed until you say so.
        </p>
      </div>
      <fieldset className="grid gap-2.5 rail:grid-cols-2">
        <legend className="sr-only">What is at hand</legend>
        <Choice
          name="by"
          Icon={FileKey}
          title="The recovery kit"
          text="The file that you saved, or the codes that you printed."
          checked={by === 'kit'}
          onChoose={() => setBy('kit')}
        />
        <Choice
          name="by"
          Icon={HardDrive}
          title="No kit"
          text="You know where the vault lies."
          checked={by === 'place'}
          onChoose={() => setBy('place')}
        />
      </fieldset>
      {by === 'kit' ? (
        <KitField kit={kit} onKit={setKit} />
      ) : (
        <PlaceFields place={place} onPlace={setPlace} />
      )}
      <TextField
        label="Passphrase"
        note="The one of the vault. It stays on this machine."
        type="password"
        autoComplete="current-password"
        value={passphrase}
        onChange={(event) => setPassphrase(event.target.value)}
      />
      {asked.map(({ name, command }) => (
        <Card key={name} className="grid gap-3">
          <h2>Sign in to “{name}” again</h2>
          <p className="note">
            On any computer with a browser and rclone, run the command, sign in, and paste what it prints.
          </p>
          <code className="rounded-control bg-wash px-3 py-2 text-[14px] [overflow-wrap:anywhere]">
            {command}
          </code>
          <TextArea
            label="What it printed"
            rows={3}
            className="font-mono text-[14px]"
            value={tokens[name] ?? ''}
            onChange={(event) => setTokens({ ...tokens, [name]: event.target.value })}
          />
        </Card>
      ))}
      {open.isError && <ProblemCard problem={problemOf(open.error)} />}
      <Button
        look="primary"
        size="main"
        disabled={!given || !signedIn || open.isPending}
        onClick={() => open.mutate()}
      >
        {open.isPending ? 'Opening the vault…' : 'Open the vault'}
      </Button>
    </RecoverFrame>
  )
}

function KitField({ kit, onKit }: { kit: string; onKit: (text: string) => void }) {
  const [name, setName] = useState<string>()
  return (
    <div className="grid gap-3">
      <label className="grid gap-1.5">
        <span className="text-[15px] font-semibold">Kit file</span>
        <input
          type="file"
          accept=".json,application/json,text/plain"
          className="min-h-13 w-full rounded-control border-[1.5px] border-edge border-dashed bg-card p-3 text-[15px] file:mr-3 file:min-h-7 file:rounded-lg file:border-0 file:bg-wash file:px-3 file:font-semibold file:text-sea"
          onChange={(event) => {
            const file = event.target.files?.[0]
            if (file === undefined) return
            setName(file.name)
            void file.text().then(onKit)
          }}
        />
      </label>
      <TextArea
        label="Or paste its text, or what its codes say"
        rows={4}
        className="font-mono text-[13px]"
        spellCheck={false}
        autoCapitalize="none"
        value={kit}
        note={
          name === undefined
            ? 'Scan each printed code with a phone; paste all texts, in any order.'
            : `From ${name}.`
        }
        onChange={(event) => {
          setName(undefined)
          onKit(event.target.value)
        }}
      />
    </div>
  )
}

function PlaceFields({ place, onPlace }: { place: Place; onPlace: (place: Place) => void }) {
  const trpc = useTRPC()
  const remotes = useQuery(trpc.setup.remotes.queryOptions())
  return (
    <div className="grid gap-4">
      <Select
        label="Where it lies"
        value={place.kind === 'folder' ? '' : place.remote}
        note="A remote that is not listed is added under Settings, Remotes."
        onChange={({ target: { value } }) =>
          onPlace(value === '' ? { kind: 'folder', path: '' } : { kind: 'remote', remote: value, path: '' })
        }
      >
        <option value="">In a folder of this machine</option>
        {remotes.data?.map(({ name, type }) => (
          <option key={name} value={name}>
            {name} ({type})
          </option>
        ))}
      </Select>
      {place.kind === 'folder' ? (
        <FolderField
          label="Folder"
          value={place.path}
          onChange={(path) => onPlace({ kind: 'folder', path })}
        />
      ) : (
        <TextField
          label="Folder on it"
          className="font-mono text-[15px]"
          autoCapitalize="none"
          spellCheck={false}
          value={place.path}
          onChange={(event) => onPlace({ ...place, path: event.target.value })}
        />
      )}
    </div>
  )
}
