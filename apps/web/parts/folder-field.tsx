'use client'

import { FolderOpen } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from './button.tsx'
import { TextField } from './field.tsx'

const FolderPicker = dynamic(() => import('./folder-picker.tsx').then((module) => module.FolderPicker), {
  ssr: false,
})

type FolderFieldProps = {
  readonly label: string
  readonly note?: string
  readonly value: string
  readonly onChange: (path: string) => void
  readonly problem?: string | undefined
}

/** A path of the machine, typed or picked. */
export function FolderField({ label, note, value, onChange, problem }: FolderFieldProps) {
  const [picking, setPicking] = useState(false)
  return (
    <>
      <TextField
        label={label}
        note={note}
        problem={problem}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="font-mono text-[15px]"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        placeholder="/home/…"
        end={
          <Button
            className="size-13 bg-card"
            size="icon"
            aria-label="Choose a folder"
            onClick={() => setPicking(true)}
          >
            <FolderOpen aria-hidden className="size-5" />
          </Button>
        }
      />
      {picking && (
        <FolderPicker
          start={value.startsWith('/') ? value : undefined}
          onClose={() => setPicking(false)}
          onPick={(path) => {
            onChange(path)
            setPicking(false)
          }}
        />
      )}
    </>
  )
}
