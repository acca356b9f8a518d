'use client'

import { useId } from 'react'
import { Checkbox } from './checkbox.tsx'

/** A tick box with its words; the whole row is the target. */
export function TickRow(props: {
  title: string
  text?: string
  checked: boolean
  disabled?: boolean
  onChange: (checked: boolean) => void
}) {
  const id = useId()
  return (
    <div className="-mx-2 flex items-start gap-1">
      <Checkbox
        id={id}
        checked={props.checked}
        disabled={props.disabled}
        aria-describedby={`${id}-text`}
        onCheckedChange={(checked) => props.onChange(checked === true)}
      />
      <div className="min-w-0 grow py-2.5">
        <label htmlFor={id} className="block font-medium leading-snug">
          {props.title}
        </label>
        {props.text !== undefined && (
          <p id={`${id}-text`} className="note">
            {props.text}
          </p>
        )}
      </div>
    </div>
  )
}
