#include <headrace/plugin.hpp>
