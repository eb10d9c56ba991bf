import { answerCalls } from '../child-calls.ts';
import { postAtRate } from './post-at-rate.ts';
import { postBatches } from './post-batches.ts';
import { postFlatOut } from './post-flat-out.ts';
import type { PosterCalls } from './poster-calls.ts';

answerCalls<PosterCalls>({ postAtRate, postBatches, postFlatOut });
