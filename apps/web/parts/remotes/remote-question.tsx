'use client'

import { valueProblem } from '@holdfast/domain'
import { useState } from 'react'
import type { RemoteConversation } from '#web/trpc/types.ts'
import { Button } from '../button.tsx'
import { Choice } from '../choice.tsx'
import { OptionField } from './option-field.tsx'

type Question = Extract<RemoteConversation, { kind: 'question' }>

/** One question of rclone's about this remote, such as which of several drives. */
export function RemoteQuestion(props: {
  question: Question
  busy: boolean
  onAnswer: (text: string) => void
}) {
  const { option, problem } = props.question
  const [value, setValue] = useState(option.default)
  const [tried, setTried] = useState(false)
  const own = tried ? valueProblem(option, value) : undefined
  const few = option.kind === 'boolean' ? YES_NO : option.examples.length <= 8 ? option.examples : []
  return (
    <form
      noValidate
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        event.stopPropagation()
        setTried(true)
        if (valueProblem(option, value) === undefined) props.onAnswer(value)
      }}
    >
      {few.length > 0 && (option.kind === 'boolean' || option.kind === 'choice') ? (
        <fieldset className="grid gap-2.5">
          <legend className="mb-2 font-semibold">{option.help.split('\n')[0]}</legend>
          {few.map((example) => (
            <Choice
              key={example.value}
              name={option.name}
              title={example.help === '' ? example.value : example.help}
              checked={value === example.value}
              onChoose={() => setValue(example.value)}
            />
          ))}
        </fieldset>
      ) : (
        <OptionField
          field={{ option, value, kept: false, problem: own ?? problem ?? undefined }}
          onChange={setValue}
        />
      )}
      <Button look="primary" size="main" type="submit" disabled={props.busy}>
        {props.busy ? 'One moment…' : 'Continue'}
      </Button>
    </form>
  )
}

const YES_NO = [
  { value: 'true', help: 'Yes' },
  { value: 'false', help: 'No' },
]
