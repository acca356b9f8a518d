'use client'

import { Switch as Radix } from 'radix-ui'
import type { ComponentProps } from 'react'

/** Something that is on or off at once, without a save button. */
export function Switch(props: ComponentProps<typeof Radix.Root>) {
  return (
    <Radix.Root className="group grid h-11 w-14 shrink-0 place-items-center disabled:opacity-55" {...props}>
      <span className="flex h-7 w-12 items-center rounded-full border-2 border-edge px-0.5 transition-colors duration-150 group-data-[state=checked]:border-sea group-data-[state=checked]:bg-sea">
        <Radix.Thumb className="size-5 rounded-full bg-edge transition-transform duration-150 data-[state=checked]:translate-x-5 data-[state=checked]:bg-on-sea" />
      </span>
    </Radix.Root>
  )
}
