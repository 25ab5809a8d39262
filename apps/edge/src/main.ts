import { synthesizeApp } from '@tideway/constructs'
import { settings } from './settings'
import { EdgeStack } from './stack'

synthesizeApp(
  settings,
  (app, environment, sizes) => new EdgeStack(app, { environment, settings: sizes }),
)
