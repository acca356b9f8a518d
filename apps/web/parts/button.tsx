import { Slot } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from './class-names.ts'

const LOOKS = {
  primary: 'bg-sea text-on-sea hover:brightness-110 active:brightness-95',
  quiet: 'border-[1.5px] border-line text-sea hover:border-edge active:bg-wash',
  danger: 'border-[1.5px] border-line text-fail hover:border-fail',
  plain: 'text-sea hover:bg-wash',
} as const

const SIZES = {
  main: 'min-h-13 px-5 text-[17px] rounded-2xl w-full min-w-0 shrink',
  normal: 'min-h-11 px-4 text-[15px] rounded-xl',
  icon: 'size-11 rounded-xl',
} as const

type ButtonProps = ComponentProps<'button'> & {
  readonly look?: keyof typeof LOOKS
  readonly size?: keyof typeof SIZES
  /** Gives its look to the one child instead, for links. */
  readonly asChild?: boolean
}

/** A button, at least 44 px high; `main` is the one act of a screen. */
export function Button({ look = 'quiet', size = 'normal', asChild, className, ...rest }: ButtonProps) {
  const Part = asChild ? Slot.Root : 'button'
  return (
    <Part
      {...(asChild ? {} : { type: 'button' as const })}
      className={cn(
        'inline-flex max-w-full shrink-0 select-none items-center justify-center gap-2 text-center font-semibold transition-[filter,background-color,border-color] duration-150 disabled:cursor-default disabled:opacity-55 disabled:brightness-100',
        LOOKS[look],
        SIZES[size],
        className,
      )}
      {...rest}
    />
  )
}
