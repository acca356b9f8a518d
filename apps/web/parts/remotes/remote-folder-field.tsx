'use client'

import { FolderOpen } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '../button.tsx'
import { TextField } from '../field.tsx'

const RemoteFolderPicker = dynamic(
  () => import('./remote-folder-picker.tsx').then((module) => module.RemoteFolderPicker),
  { ssr: false },
)

type RemoteFolderFieldProps = {
  readonly remote: string
  readonly value: string
  readonly onChange: (path: string) => void
  readonly problem?: string | undefined
}

/** A folder on a remote, typed or picked. */
export function RemoteFolderField({ remote, value, onChange, problem }: RemoteFolderFieldProps) {
  const [picking, setPicking] = useState(false)
  return (
    <>
      <TextField
        label="Folder on it"
        note="An empty or a new folder. It is made when it does not exist."
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="font-mono text-[15px]"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        problem={problem}
        end={
          <Button
            className="size-13 bg-card"
            size="icon"
            aria-label="Choose a folder on the remote"
            disabled={remote === ''}
            onClick={() => setPicking(true)}
          >
            <FolderOpen aria-hidden className="size-5" />
          </Button>
        }
      />
      {picking && (
        <RemoteFolderPicker
          remote={remote}
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
