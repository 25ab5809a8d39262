import { synthesizeApp } from '@tideway/constructs'
import { settings } from './settings'
import { DataStack } from './stack'

synthesizeApp(
  settings,
  (app, environment, sizes) => new DataStack(app, { environment, settings: sizes }),
)
