import { synthesizeApp } from '@tideway/constructs'
import { settings } from './settings'
import { NetworkStack } from './stack'

synthesizeApp(
  settings,
  (app, environment, sizes) => new NetworkStack(app, { environment, settings: sizes }),
)
