import { Button } from '#web/parts/button.tsx'

export default function NotFound() {
  return (
    <main className="mx-auto grid min-h-dvh max-w-md content-center gap-4 px-5">
      <h1>There is no such page.</h1>
      <p className="text-soft">The address may be from another version of Holdfast.</p>
      <Button asChild look="primary" size="main">
        <a href="/">Go home</a>
      </Button>
    </main>
  )
}
