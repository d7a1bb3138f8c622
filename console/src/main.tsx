// Starts the console: styles, preferences, address, and the first drawing.

import './style/tokens.css'
import './style/base.css'
import './style/layout.css'
import './style/parts.css'
import './style/forms.css'
import './style/pages.css'
import './style/rpc.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { followAddress } from './router/route.ts'
import { applyPreferences } from './state/preferences.ts'

applyPreferences()
followAddress()
const host = document.getElementById('app')
if (host !== null) render(<App />, host)
