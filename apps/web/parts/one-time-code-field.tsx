import type { ComponentProps } from 'react'
import { TextField } from './field.tsx'

type CodeProps = Pick<
  ComponentProps<typeof TextField>,
  'label' | 'note' | 'problem' | 'autoComplete' | 'autoFocus'
> & {
  readonly code: string
  readonly onCode: (code: string) => void
}

/** A field for a code that a machine shows: in capitals, wide, and left as it is typed. */
export function OneTimeCodeField({ code, onCode, autoComplete = 'off', ...rest }: CodeProps) {
  return (
    <TextField
      {...rest}
      value={code}
      onChange={(event) => onCode(event.target.value)}
      autoComplete={autoComplete}
      autoCapitalize="characters"
      autoCorrect="off"
      spellCheck={false}
      required
      className="num font-mono text-[22px] tracking-[0.12em]"
    />
  )
}
