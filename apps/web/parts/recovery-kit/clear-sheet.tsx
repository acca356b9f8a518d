import { useMutation } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { TextField } from '#web/parts/field.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { saveLink } from '#web/parts/save-as.ts'
import { TickRow } from '#web/parts/tick-row.tsx'
import { usualPaper } from '#web/parts/usual-paper.ts'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'

/** The clear emergency sheet, behind a warning and the passphrase. */
export function ClearSheet({ vault, name }: { vault: string; name: string }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button look="plain" className="justify-self-start px-2" onClick={() => setOpen(true)}>
        Emergency sheet in clear…
      </Button>
      {open && (
        <Dialog
          open
          keepOpen
          onOpenChange={setOpen}
          title="An emergency sheet in clear"
          description={`For whoever comes after you: nobody needs to know anything to open “${name}” with it.`}
        >
          <SheetForm vault={vault} onDone={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  )
}

function SheetForm({ vault, onDone }: { vault: string; onDone: () => void }) {
  const client = useTRPCClient()
  const [passphrase, setPassphrase] = useState('')
  const [known, setKnown] = useState(false)
  const make = useMutation({
    mutationFn: () => client.kit.sheet.mutate({ vault, passphrase, paper: usualPaper() }),
    onSuccess(link) {
      saveLink(link)
      onDone()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate()
  }
  return (
    <form className="grid gap-3" onSubmit={submit}>
      <p className="flex gap-3 rounded-card border-[1.5px] border-fail p-3.5 text-[15px]">
        <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-fail" />
        <span>
          <strong>Whoever reads this sheet can read and delete every backup in the vault.</strong> It holds
          the passphrase and the sign-in of the remote, in clear. Print it, put it into a safe or give it to a
          notary, and delete the file. For your desk drawer the recovery kit is the right page: it opens
          nothing alone.
        </span>
      </p>
      <TextField
        label="Passphrase of the vault"
        note="Asked again, because a phone that lies open must not be enough."
        type="password"
        autoComplete="off"
        value={passphrase}
        onChange={(event) => setPassphrase(event.target.value)}
      />
      <TickRow title="I know that it opens the vault for anybody." checked={known} onChange={setKnown} />
      {make.isError && <ProblemCard problem={problemOf(make.error)} />}
      <Button
        type="submit"
        look="danger"
        size="main"
        disabled={!known || passphrase === '' || make.isPending}
      >
        {make.isPending ? 'Making the sheet…' : 'Make the sheet in clear'}
      </Button>
    </form>
  )
}
