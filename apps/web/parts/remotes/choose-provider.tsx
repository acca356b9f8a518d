'use client'

import { useQuery } from '@tanstack/react-query'
import { ChevronRight, Cloud, Server } from 'lucide-react'
import { useState } from 'react'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import { TextField } from '../field.tsx'
import { ProblemCard } from '../problem-card.tsx'

/** Every kind of storage, the usual ones first, with a search. */
export function ChooseProvider({ onChoose }: { onChoose: (id: string) => void }) {
  const trpc = useTRPC()
  const [search, setSearch] = useState('')
  const all = useQuery(trpc.remote.providers.queryOptions({}, { staleTime: 300_000 }))
  const words = search.toLowerCase().split(/\s+/)
  const found = (all.data ?? []).filter(({ id, name, description }) => {
    const text = `${id} ${name} ${description}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const usual = found.filter(({ usual }) => usual)
  const others = found.filter(({ usual }) => !usual)
  return (
    <div className="grid gap-4">
      <TextField
        label="Search"
        type="search"
        autoComplete="off"
        placeholder="Drive, S3, NAS…"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {all.isError && <ProblemCard problem={problemOf(all.error)} />}
      {all.isPending && <p className="note">Looking…</p>}
      <List providers={usual} onChoose={onChoose} />
      {others.length > 0 && (
        <>
          <h3 className="note font-semibold">{usual.length > 0 ? 'All others' : 'Found'}</h3>
          <List providers={others} onChoose={onChoose} />
        </>
      )}
      {all.data !== undefined && found.length === 0 && (
        <p className="note">
          Nothing is called that. A NAS often speaks SFTP, WebDAV or SMB; a mounted disk is chosen as a
          folder.
        </p>
      )}
    </div>
  )
}

type Kind = {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly signIn: boolean
}

function List({ providers, onChoose }: { providers: readonly Kind[]; onChoose: (id: string) => void }) {
  return (
    <ul className="divide-y divide-line empty:hidden">
      {providers.map(({ id, name, description, signIn }) => {
        const Icon = signIn ? Cloud : Server
        return (
          <li key={id}>
            <button
              type="button"
              onClick={() => onChoose(id)}
              className="flex min-h-14 w-full items-center gap-3 rounded-xl px-2 py-1.5 text-left hover:bg-wash"
            >
              <Icon aria-hidden className="size-5 shrink-0 text-sea" strokeWidth={1.8} />
              <span className="min-w-0 grow">
                <span className="block font-semibold leading-snug">{name}</span>
                {description !== name && description.length < 90 && (
                  <span className="caption block leading-snug">{description}</span>
                )}
              </span>
              <ChevronRight aria-hidden className="size-4 shrink-0 text-soft" />
            </button>
          </li>
        )
      })}
    </ul>
  )
}
