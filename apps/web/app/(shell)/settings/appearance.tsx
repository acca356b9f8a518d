'use client'

import { useEffect, useState } from 'react'
import { Card } from '#web/parts/card.tsx'
import { cn } from '#web/parts/class-names.ts'

const KEY = 'holdfast-theme'
const THEMES = [
  { value: 'system', name: 'As the system' },
  { value: 'light', name: 'Light' },
  { value: 'dark', name: 'Dark' },
] as const

type Theme = (typeof THEMES)[number]['value']

/** Light or dark, kept on this device; public/theme.js puts it on before the first paint. */
export function Appearance() {
  const [theme, setTheme] = useState<Theme>('system')
  useEffect(() => {
    const kept = THEMES.find((t) => t.value === localStorage.getItem(KEY))
    if (kept !== undefined) setTheme(kept.value)
  }, [])
  const choose = (value: Theme) => {
    setTheme(value)
    if (value === 'system') {
      localStorage.removeItem(KEY)
      delete document.documentElement.dataset.theme
    } else {
      localStorage.setItem(KEY, value)
      document.documentElement.dataset.theme = value
    }
  }
  return (
    <Card>
      <fieldset>
        <legend className="font-semibold">Appearance</legend>
        <div className="mt-3 grid grid-cols-3 gap-1 max-[20rem]:grid-cols-1 rounded-control bg-line/50 p-1">
          {THEMES.map(({ value, name }) => (
            <label
              key={value}
              className={cn(
                'relative grid min-h-11 cursor-pointer place-items-center rounded-[11px] px-1 text-center text-[14px] font-semibold leading-tight text-soft has-focus-visible:outline-2 has-focus-visible:outline-sea',
                theme === value && 'bg-card text-ink shadow-lift',
              )}
            >
              <input
                type="radio"
                name="theme"
                value={value}
                checked={theme === value}
                onChange={() => choose(value)}
                className="absolute inset-0 cursor-pointer opacity-0"
              />
              {name}
            </label>
          ))}
        </div>
      </fieldset>
    </Card>
  )
}
