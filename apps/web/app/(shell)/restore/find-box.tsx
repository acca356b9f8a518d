'use client'

import { Search, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button } from '#web/parts/button.tsx'

const SETTLE_MS = 200

/** A field for a name; tells what stands in it once the typing rests, and nothing at once when it is emptied. */
export function FindBox({ onFind }: { onFind: (pattern: string) => void }) {
  const [typed, setTyped] = useState('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const pattern = typed.trim()
    const timer = setTimeout(() => onFind(pattern), pattern === '' ? 0 : SETTLE_MS)
    return () => clearTimeout(timer)
  }, [typed, onFind])
  return (
    <search className="relative block">
      <Search
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-3.5 size-5 -translate-y-1/2 text-soft"
      />
      <input
        ref={field}
        type="text"
        inputMode="search"
        enterKeyHint="search"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={200}
        aria-label="Find a file by name, in every snapshot"
        placeholder="Find a file by name"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && setTyped('')}
        className="min-h-13 w-full min-w-0 rounded-control border-[1.5px] border-edge bg-card pr-13 pl-11 text-[17px] text-ink placeholder:text-soft"
      />
      {typed !== '' && (
        <Button
          look="plain"
          size="icon"
          aria-label="Clear"
          className="absolute top-1 right-1"
          onClick={() => {
            setTyped('')
            field.current?.focus()
          }}
        >
          <X aria-hidden className="size-5" />
        </Button>
      )}
    </search>
  )
}
