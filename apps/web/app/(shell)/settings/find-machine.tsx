'use client'

import { useQuery } from '@tanstack/react-query'
import { ChevronRight, RefreshCw, Server } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { TextField } from '#web/parts/field.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'

/** Machines that answer on the network, and a field for the address of one that does not. */
export function FindMachine({ onChoose }: { onChoose: (address: string) => void }) {
  const trpc = useTRPC()
  // What the network said a minute ago tells nothing.
  const nearby = useQuery(
    trpc.machine.nearby.queryOptions(undefined, { gcTime: 0, staleTime: 0, refetchOnWindowFocus: false }),
  )
  const [address, setAddress] = useState('')
  const found = nearby.data ?? []
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-2">
        <p role="status" className="note min-w-min flex-1 [overflow-wrap:break-word]">
          {nearby.isFetching ? 'Looking around…' : foundWords(found.length)}
        </p>
        <Button disabled={nearby.isFetching} onClick={() => void nearby.refetch()}>
          <RefreshCw aria-hidden className="size-4" /> Look again
        </Button>
      </div>
      {nearby.isError && <ProblemCard problem={problemOf(nearby.error)} />}
      {found.length > 0 && (
        <ul className="grid gap-2" aria-label="Machines on the network">
          {found.map(({ name, origin }) => (
            <li key={origin}>
              <button
                type="button"
                onClick={() => onChoose(origin)}
                className="flex min-h-14 w-full items-center gap-3 rounded-card border-[1.5px] border-line bg-card p-3.5 text-left hover:border-edge"
              >
                <Server aria-hidden className="size-6 shrink-0 text-sea" strokeWidth={1.7} />
                <span className="min-w-0 grow">
                  <span className="block font-semibold leading-snug [overflow-wrap:anywhere]">{name}</span>
                  <span className="caption block break-all">{origin}</span>
                </span>
                <ChevronRight aria-hidden className="size-5 shrink-0 text-soft" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <form
        className="mt-2 grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          onChoose(address.trim())
        }}
      >
        <TextField
          label="Or its address"
          note={
            <>
              As its settings show it, or <code>holdfast lan</code> there. With nothing to show, run{' '}
              <code className="whitespace-nowrap">holdfast lan on</code> there first.
            </>
          }
          placeholder="https://name.local:8443"
          value={address}
          onChange={(event) => setAddress(event.target.value)}
          inputMode="url"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          required
        />
        <Button look="primary" size="main" type="submit" disabled={address.trim() === ''}>
          Go on
        </Button>
      </form>
    </>
  )
}

function foundWords(count: number): string {
  if (count === 0) return 'No other machine answers on this network.'
  return count === 1 ? 'One machine answers.' : `${count} machines answer.`
}
