#ifndef BATON_MUTANT_H
#define BATON_MUTANT_H
/// The number in the environment variable BATON_MUTANT, 0 without one; read before `main` begins.
int clinux_mutant(void);
/// True while this mutant is chosen.
#define MUTANT(number) (clinux_mutant() == (number))
#endif
