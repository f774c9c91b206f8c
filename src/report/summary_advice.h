/* summary_advice.h - what a person can do about a verdict. */
#pragma once

/* One or two sentences, static; NULL: nothing is to be done. */
const char *summary_advice(unsigned verdict);
