// Browser storage that may be forbidden (private windows, policies): then nothing is kept, that is all.

export function readStored(kind: 'local' | 'session', key: string): string | null {
  try {
    return storage(kind).getItem(`warren.${key}`)
  } catch {
    return null
  }
}

export function store(kind: 'local' | 'session', key: string, value: string | null): void {
  try {
    if (value === null) storage(kind).removeItem(`warren.${key}`)
    else storage(kind).setItem(`warren.${key}`, value)
  } catch {
    // Not kept: the page works, it only forgets.
  }
}

function storage(kind: 'local' | 'session'): Storage {
  return kind === 'local' ? localStorage : sessionStorage
}
