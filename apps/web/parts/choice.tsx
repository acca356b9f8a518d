import type { LucideIcon } from 'lucide-react'
import { cn } from './class-names.ts'

type ChoiceProps = {
  readonly name: string
  readonly Icon?: LucideIcon
  readonly title: string
  readonly text?: string
  readonly checked: boolean
  readonly onChoose: () => void
}

/** One of a few, as a card: a radio button that is easy to hit. */
export function Choice({ name, Icon, title, text, checked, onChoose }: ChoiceProps) {
  return (
    <label
      className={cn(
        'relative flex min-h-13 cursor-pointer items-start gap-3 rounded-card border-[1.5px] border-line bg-card p-3.5 hover:border-edge has-focus-visible:outline-[2.5px] has-focus-visible:outline-sea has-focus-visible:outline-offset-2',
        checked && 'border-sea bg-wash hover:border-sea',
      )}
    >
      <input
        type="radio"
        name={name}
        checked={checked}
        onChange={onChoose}
        className="absolute inset-0 cursor-pointer opacity-0"
      />
      <span
        aria-hidden
        className={cn(
          'mt-0.5 grid size-5 shrink-0 place-items-center rounded-full border-2 border-edge bg-card',
          checked && 'border-sea',
        )}
      >
        {checked && <span className="size-2.5 rounded-full bg-sea" />}
      </span>
      <span className="min-w-0 grow">
        <span className="block font-semibold leading-snug">{title}</span>
        {text !== undefined && <span className="note mt-0.5 block">{text}</span>}
      </span>
      {Icon !== undefined && <Icon aria-hidden className="size-6 shrink-0 text-sea" strokeWidth={1.7} />}
    </label>
  )
}
