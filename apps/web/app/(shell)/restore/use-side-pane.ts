import { useSyncExternalStore } from 'react'

/** Where the screen has room for a second pane; the same width as the breakpoint `side`. */
const WIDE = '(min-width: 68.75rem)'

/** True while there is room for a second pane beside the first. */
export function useSidePane(): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const media = matchMedia(WIDE)
      media.addEventListener('change', onChange)
      return () => media.removeEventListener('change', onChange)
    },
    () => matchMedia(WIDE).matches,
    () => false,
  )
}
